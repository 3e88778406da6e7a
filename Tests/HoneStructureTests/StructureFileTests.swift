import Foundation
import HoneNumerics
import HoneStructure
import Testing

/// The root of the package, found from this file.
private let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The golden files of this room.
private func golden(_ name: String) -> URL {
  packageRoot.appendingPathComponent("Tests/Golden/structure/\(name)")
}

/// Data sets beside the package, where they are present.
private let sharedFiles: [URL] = {
  let folder = packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data")
  let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
  return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "xyz" }
    .sorted { $0.path < $1.path }
}()

@Suite struct StructureFileTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let description: String
      let positions: [Double]
      let cell: [Double]
      let pbc: [Bool]
      let cutoff: Double
      let counts: [Int]
      let distanceSum: Double
    }

    let cases: [Case]
    let tolerance: Double
  }

  @Test("counts and distances agree with ASE and matscipy")
  func goldenNeighbors() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let file = try decoder.decode(Golden.self, from: Data(contentsOf: golden("neighbors.json")))
    #expect(file.cases.count == 7)
    for entry in file.cases {
      let x = entry.cell
      let cell = try Cell(
        rows: Matrix3([x[0], x[1], x[2]], [x[3], x[4], x[5]], [x[6], x[7], x[8]]),
        periodicity: Periodicity(entry.pbc[0], entry.pbc[1], entry.pbc[2]))
      let list = try NeighborList(
        positions: entry.positions.span, cell: cell, cutoff: entry.cutoff)
      let counts = (0..<list.atomCount).map { list.edges(of: $0).count }
      #expect(counts == entry.counts, "\(entry.description)")
      var sum = 0.0
      for edge in 0..<list.edgeCount {
        let vector = (0..<3).map { list.vectors[3 * edge + $0] }
        sum += (vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]).squareRoot()
      }
      #expect(abs(sum - entry.distanceSum) < file.tolerance * sum, "\(entry.description)")
    }
  }

  @Test("a file written by ASE is read as it was meant")
  func aseFile() throws {
    let frames = try ExtendedXYZ.frames(path: golden("ase.xyz").path)
    #expect(frames.map(\.structure.atomicNumbers) == [[13, 13], [8, 1, 1]])
    let slab = frames[0]
    #expect(slab.structure.cell?.periodicity == Periodicity(true, true, false))
    #expect(frames[1].structure.cell == nil)
    #expect(try slab.number("energy") == -1.25)
    #expect(try slab.number("REF_energy") == -7.5)
    #expect(try slab.vectors("forces") == [0, 0, 0.5, 0, 0, -0.5])
    #expect(try slab.vectors("REF_forces") == [0.5, 1.5, -2, 3, -4.25, 5])
    #expect(try slab.matrix("stress") == Matrix3([1, 6, 5], [6, 2, 4], [5, 4, 3]))
    #expect(
      try slab.matrix("REF_stress")
        == Matrix3([1, 0.5, 0.25], [0.5, 2, 0.125], [0.25, 0.125, 3]))
    #expect(try slab.matrix("REF_virials") == Matrix3([0, 1, 2], [3, 4, 5], [6, 7, 8]))
    #expect(try slab.matrix("virial") == Matrix3([1, 2, 3], [4, 5, 6], [7, 8, 9]))
    #expect(slab.info["name"] == .string("a slab"))
    #expect(slab.info["count"] == .integer(3))
    #expect(slab.info["ratio"] == .real(0.25))
    #expect(slab.info["done"] == .logical(true))
    #expect(slab.info["flags"] == .logicals([true, false]))
    #expect(slab.info["numbers"] == .integers([0, 1, 2, 3]))
    #expect(slab.info["nested"] == .string("_JSON {\"a\": [1, 2]}"))
    #expect(slab.info["quote"] == .string("say \"yes\""))
    #expect(slab.column("side")?.values == .strings(["bottom", "top"]))
    #expect(slab.column("site")?.values == .integers([4, 5]))
    #expect(slab.column("free")?.values == .logicals([false, true]))
  }

  @Test("a file written to disk is read back, in one go and frame by frame")
  func disk() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("hone-\(UUID().uuidString).xyz")
    defer { try? FileManager.default.removeItem(at: url) }
    let frame = try ExtendedXYZWriterTests.awkwardFrame()
    // More than a few chunks of the reader, so that lines lie across their borders.
    let copies = 2000
    try ExtendedXYZ.write(Array(repeating: frame, count: copies), path: url.path)
    var reader = try ExtendedXYZ.Reader(path: url.path)
    while let read = try reader.next() {
      #expect(read == frame)
    }
    #expect(reader.frameCount == copies)
    try ExtendedXYZ.write([frame], path: url.path)
    #expect(try ExtendedXYZ.frames(path: url.path) == [frame])
  }

  @Test(
    "data sets are read whole and survive writing",
    .enabled(if: !sharedFiles.isEmpty, "the data sets are not beside the package"),
    arguments: sharedFiles)
  func dataSets(file: URL) throws {
    let frames = try ExtendedXYZ.frames(path: file.path)
    #expect(!frames.isEmpty)
    for frame in frames.prefix(20) {
      let bytes = try ExtendedXYZ.bytes(of: frame)
      #expect(try ExtendedXYZ.frames(bytes: bytes, name: "copy") == [frame])
      #expect(try frame.number("energy") != nil)
      #expect(try frame.structure.neighborList(cutoff: 5).atomCount == frame.structure.atomCount)
    }
    if file.lastPathComponent.hasPrefix("train_300K") {
      #expect(frames.count == 500)
      #expect(try frames[499].vectors("forces")?.count == frames[499].structure.positions.count)
    }
  }
}
