# written by setup-proxy
export http_proxy=http://proxy.corp.example:3128
export https_proxy=http://proxy.corp.example:3128
export ftp_proxy=http://proxy.corp.example:3128
export no_proxy=localhost
