"""WebAssembly modules: the container of code for browsers, Node and WebAssembly's own runtimes. WebAssembly Core Specification 3.0."""
