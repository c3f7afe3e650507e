"""`python -m equipment.shell.serve`. A file of its own: processes that multiprocessing starts import the main
module of their parent anew unless it is called `__main__`."""

from equipment.shell.serve import main

if __name__ == "__main__":
    main()
