"""PDB files of Microsoft's linker, of lld and of others: functions, inlined calls and lines, straight to the one table.

Formats are those of Microsoft's `microsoft-pdb` and LLVM's "The PDB File Format". Addresses count from the load address.
"""
