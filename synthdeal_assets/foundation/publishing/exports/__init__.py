"""Tables as files for others: which formats there are, and how their files are written, whole or not at all.

`export_tables.py` says what is exported, `exporter.py` what a format is; `export_files.py` puts files in their places,
and each format has a module of its own.
"""
