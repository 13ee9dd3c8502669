"""Files on disk: the given ones and the compiled ones.

`files` defines artifacts and stores; `tables` is the compiled file; `cache` keeps compiled files; `stores` opens what the user names.
Nothing is imported here: each caller imports the file it needs, and `files` alone is cheap.
"""
