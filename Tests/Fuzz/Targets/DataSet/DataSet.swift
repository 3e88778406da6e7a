import FuzzSupport
import HoneNumerics
import HoneTraining

/// Data sets: what is read has finite labels of the right size, and what is refused adds nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  for duplicates in [DataSetOptions.Duplicates.keep, .drop, .refuse] {
    var options = DataSetOptions()
    options.unlabeled = .skip
    options.duplicates = duplicates
    guard let reader = try? DataSetReader(options: options) else { return 0 }
    do throws(HoneError) {
      try reader.add(bytes: input(data, size), name: "fuzz")
    } catch {
      precondition(reader.count == 0, "what is refused adds nothing")
    }
    let count = reader.count
    do throws(HoneError) {
      try reader.add(
        bytes: input(data, size) + Array("1\nenergy=nan\nH 0 0 0\n".utf8), name: "again")
      // The last frame of the input may be one that goes on in what was added.
    } catch {
      precondition(reader.count == count, "what is refused adds nothing to what there is")
    }
    guard let set = try? DataSet(reader) else { continue }
    for index in 0..<set.count {
      let (frame, labels) = (set[index], set[index].labels)
      precondition(frame.atomCount > 0 && !labels.present.isEmpty, "frames have atoms and labels")
      precondition(labels.energy?.isFinite ?? true, "energies are finite")
      guard let forces = labels.forces else { continue }
      precondition(forces.count == 3 * frame.atomCount, "forces have the shape of positions")
      for component in 0..<forces.count {
        precondition(forces[component].isFinite, "forces are finite")
      }
    }
    use(set.fingerprint)
    use(try? AtomicEnergies(fitting: set, frames: Array(0..<set.count), species: set.species))
    use(
      try? NeighborCache(set, cutoff: 2).averageNeighborCount(
        Array(0..<set.count), team: Team(threadCount: 1)))
    guard let copy = try? DataSetReader() else { return 0 }
    do throws(HoneError) { try copy.add(set) } catch { continue }
    precondition(copy.count == set.count, "a copy holds what there is")
  }
  return 0
}

private let seeds: [[UInt8]] =
  [golden("training/labels-all.xyz"), golden("structure/ase.xyz")]
  + [
    "2\nProperties=species:S:1:pos:R:3:REF_forces:R:3:atom_weights:R:1 REF_energy=-1 config_type=a head=b config_weight=2\nH 0 0 0 1 2 3 1\nO 0 0 1 4 5 6 0\n",
    "1\nconfig_type=IsolatedAtom energy=-13.6\nH 0 0 0\n2\nenergy=1 virial=\"1 0 0 0 1 0 0 0 1\"\nH 0 0 0\nH 0 0 1\n",
    "1\nLattice=\"3 0 0 0 3 0 0 0 3\" stress=\"1 2 3 2 4 5 3 5 6\" virial=\"-27 -54 -81 -54 -108 -135 -81 -135 -162\"\nSi 0 0 0\n",
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
