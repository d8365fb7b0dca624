"""Master data: who is entered and changed by whom. One writer for each, used by page, API and command line alike."""
