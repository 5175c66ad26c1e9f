"""The whole service in one process: SQLite, files in a folder, the preview engine."""
