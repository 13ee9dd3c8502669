"""The sources of a C++ library of templates, for `dsym_data.sh`: `dsym_program.py FOLDER UNITS TYPES`, so many units of so many types each."""

import sys
from pathlib import Path

folder, units, types = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
HEAD = '''#include <algorithm>
#include <map>
#include <string>
#include <vector>
namespace ware {
template <int N> struct Crate {
    int weight;
    long stamp;
    std::string label;
    bool operator<(const Crate &other) const { return weight < other.weight; }
};
template <int N> struct Shelf {
    std::vector<Crate<N>> crates;
    std::map<int, Crate<N>> by_weight;
    int put(int weight) {
        crates.push_back({weight, N, std::string("crate")});
        std::sort(crates.begin(), crates.end());
        by_weight.emplace(weight, crates.back());
        auto found = std::find_if(crates.begin(), crates.end(), [weight](const Crate<N> &one) { return one.weight > weight; });
        return found == crates.end() ? crates.front().weight : found->weight + static_cast<int>(by_weight.size());
    }
};
'''
for unit in range(units):
    stores = [f"int store_{n}(int weight) {{ static Shelf<{n}> shelf; return shelf.put(weight); }}" for n in range(unit * types, (unit + 1) * types)]
    (folder / f"ware{unit}.cpp").write_text(HEAD + "\n".join(stores) + "\n}\n")
