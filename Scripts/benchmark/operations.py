"""The operations that a MACE evaluation needs, energy and forces, where they are known.

For two layers, max_ell 3, correlation 3, hidden irreps K channels up to l = L, and N neighbors:
functions of one distance from tables, couplings once per atom after the sum over neighbors,
monomials of the product basis shared. Additions and multiplications count alike.
"""

# By L: weights of the second layer, raw (lm, lm) products, rows of its linear map, the product
# basis of the first layer (operations per channel), components of its output.
COUNTS = {0: (4, 16, 16, 703, 1), 1: (10, 88, 40, 2970, 4), 2: (17, 243, 71, 6480, 9)}


def mace(channels, largest_l, neighbors):
    """Floating-point operations per atom."""
    weights, products, rows, basis, components = COUNTS[largest_l]
    # Table with its derivative, first-layer sum and its reverse, second-layer sum and its reverse.
    edge = 11 * (4 + weights) + 6 * 16 + 11 * products
    # Forward and reverse of the linear maps: 16 rows, `rows`, the components, the last one.
    linear = 2 * 2 * channels * (16 + rows + components + 1)
    return channels * (neighbors * edge + linear + basis + 1290)


if __name__ == "__main__":
    for largest_l in COUNTS:
        print(f"128 channels, L = {largest_l}, 88 neighbors: "
              f"{mace(128, largest_l, 88) / 1e6:.1f} Mflop per atom")  # fmt: skip
