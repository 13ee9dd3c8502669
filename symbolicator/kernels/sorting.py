# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True, annotation_typing=False
"""Sorting of records by their first number, stable: from the records to their order; the records stay where they are. And what is sorted
is searched.

    >>> order = zeros("I", 3)
    >>> sort(array("Q", [7, 0, 3, 1, 7, 2]), 2, 0, 3, order, zeros("I", 3))
    >>> order.tolist()
    [1, 0, 2]

So the second record, whose first number is 3, comes first.
"""

from __future__ import annotations


def sort(records: memoryview, width: int, first: int, n: int, order: memoryview, spare: memoryview) -> None:
    """`order[:n]`: the records (u64, `width` numbers each) from `first` on, numbered from 0, by their first number; stable: insertion in
    runs of 16, then merges. `order` and `spare` (u32) have room for all.
    """
    for i in range(n):
        key = records[width * (first + i)]
        at = i
        while at & 15 and records[width * (first + order[at - 1])] > key:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
    run = 16
    while run < n:
        low = 0
        while low < n:
            middle = low + run if low + run < n else n
            high = low + 2 * run if low + 2 * run < n else n
            left = low
            right = middle
            at = low
            if middle < high and records[width * (first + order[middle - 1])] <= records[width * (first + order[middle])]:
                while at < high:  # in order as they stand
                    spare[at] = order[at]
                    at += 1
            while at < high:
                if left < middle and (right >= high or records[width * (first + order[left])] <= records[width * (first + order[right])]):
                    spare[at] = order[left]
                    left += 1
                else:
                    spare[at] = order[right]
                    right += 1
                at += 1
            low += 2 * run
        for at in range(n):
            order[at] = spare[at]
        run *= 2


def floor(addresses: memoryview, low: int, high: int, address: int) -> int:
    """The last of `addresses[low:high]` that is at most `address`; low - 1 for none."""
    while low < high:
        middle = (low + high) >> 1
        if addresses[middle] <= address:
            low = middle + 1
        else:
            high = middle
    return low - 1
