export no_proxy=.corp.example
