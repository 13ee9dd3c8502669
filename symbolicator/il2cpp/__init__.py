"""Unity's IL2CPP, which turns C# into C++: from lines of the generated C++ back to those of C#. It knows no addresses."""

from symbolicator.il2cpp.line_mappings import FILE_NAME, LineMappingCompiler, LineMappings

__all__ = ["FILE_NAME", "LineMappingCompiler", "LineMappings"]
