"""What a finished run can be taken away as: code, tables, event files, a receipt."""
