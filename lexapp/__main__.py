"""`python -m lexapp` is the `lexapp` command."""

from lexapp.cli import main

main()
