import FuzzSupport
import HoneNumerics
import HoneStructure

/// Extended XYZ: what is read is asked for everything.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let frames = try? ExtendedXYZ.frames(bytes: input(data, size), name: "fuzz") else {
    return 0
  }
  for frame in frames {
    for name in ["energy", "stress", "virial", "forces", "REF_stress"] {
      use(try? frame.number(name))
      use(try? frame.matrix(name))
      use((try? frame.vectors(name))?.count)
    }
    use((try? frame.structure.neighborList(cutoff: 2))?.edgeCount)
  }
  return 0
}

private let seeds: [[UInt8]] =
  [golden("structure/ase.xyz")]
  + [
    "2\n\nH 0 0 0\nO 0 0 1\n",
    "1\nLattice=\"3 0 0 0 3 0 0 0 3\" pbc=\"T F T\" Properties=species:S:1:pos:R:3:forces:R:3:z:I:1:m:L:1 energy=-1.5e3 flag stress=[[1,2,3],[4,5,6],[7,8,9]]\nSi 0 0 0 1 2 3 14 T\n",
    "1\nProperties=Z:I:1:pos:R:3 a={1 2 3} b='x y' \"c d\"=T\n6 1e-3 -2.E+1 .5\n0\n\n",
  ].map { Array($0.utf8) }

/// Writes the first inputs if asked to.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _: UnsafeMutablePointer<Int32>?,
  _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  writeSeedsIfAsked { seeds }
  return 0
}
