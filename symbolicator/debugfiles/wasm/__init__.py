"""WebAssembly modules: the code container of browsers, Node and WebAssembly's own runtimes. WebAssembly Core Specification 3.0."""
