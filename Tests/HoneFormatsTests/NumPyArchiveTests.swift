import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@Suite struct NumPyArchiveTests {
  @Test("Compressed arrays of every kind have the values that were saved")
  func arrays() throws {
    let archive = try NumPyArchive(path: Golden.path("arrays.npz"))
    #expect(archive.names == ["ramp", "flags", "index", "single", "zeros"])
    #expect(try archive.shape("ramp") == [20, 30])
    #expect(try archive.doubles("ramp") == (0..<600).map(Double.init))
    #expect(try archive.ints("flags") == [1, 0] && archive.ints("index") == [0, 1, 2, 3])
    #expect(try archive.doubles("single") == [1.5] && archive.shape("single") == [])
    #expect(try archive.doubles("zeros") == [Double](repeating: 0, count: 2000))
    #expect(kind { () throws(HoneError) in _ = try archive.ints("none") } == .format)
  }

  @Test("No cut and no changed byte traps or changes a value unnoticed")
  func damage() throws {
    try forEachDamage(Golden.bytes("arrays.npz")) { bytes in
      guard let archive = try? NumPyArchive(bytes: Bytes(bytes)),
        let ramp = try? archive.doubles("ramp")
      else { return }
      #expect(ramp == (0..<600).map(Double.init))
    }
  }
}
