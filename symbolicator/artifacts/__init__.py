"""The pantry: files on disk, as they are given and as they are compiled.

`files` is the port (artifacts, stores); `tables` the compiled file; `cache` keeps compiled files; `stores` opens what the user points at.
Nothing is imported here: each caller takes the file it needs, and `files` costs no more than its words.
"""
