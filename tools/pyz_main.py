# The first thing dockproxy.pyz runs. Python 2 and 3.0 to 3.8 must be able to parse it: it tells them what is missing.
import sys

if sys.version_info < (3, 9):
    sys.stderr.write(
        "dockproxy: needs Python 3.9 or later and this is %d.%d (%s); run it with a newer one, as in: python3.9 %s\n"
        % (sys.version_info[0], sys.version_info[1], sys.executable, sys.argv[0])
    )
    sys.exit(2)

if __name__ == "__main__":
    from dockproxy.cli import main

    sys.exit(main())
