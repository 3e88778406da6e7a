import Glibc
import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

/// The published models, which are too large to be part of the package.
enum SharedModels {
  /// The folder that holds one folder for each model: beside the package, or where the
  /// environment variable `HONE_SHARED_MODELS` says.
  static let folder: String = {
    if let named = getenv("HONE_SHARED_MODELS") { return String(cString: named) }
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    let package = parts.dropLast(3).joined(separator: "/")
    return package + "/../shared/models"
  }()

  static func path(_ name: String) -> String { "\(folder)/\(name)/\(name).model" }

  static let areThere = (try? Bytes(contentsOfFile: path("gst"))) != nil
}

@Suite(.enabled(if: SharedModels.areThere, "the folder ../shared/models is not there"))
struct SharedModelTests {
  @Test(
    "A published MACE model opens and all its tensors can be read",
    arguments: ["3bpa-reference", "ani-ccx", "gst", "solvents", "spice", "zr-mof"])
  func opens(name: String) throws {
    let archive = try PyTorchArchive(path: SharedModels.path(name))
    #expect(!archive.isTorchScript)
    #expect(archive.root.className == "mace.modules.models.ScaleShiftMACE")

    let tensors = try archive.root.namedTensors()
    #expect(tensors.count > 40)
    for (name, tensor) in tensors where !tensor.dtype.isInteger {
      #expect(try tensor.doubles().allSatisfy(\.isFinite), "\(name)")
    }
    let numbers = try archive.root.integers("atomic_numbers")
    #expect(numbers.allSatisfy { (1...118).contains($0) })
    let energies = try archive.root.requiredTensor("atomic_energies_fn.atomic_energies")
    #expect(energies.count % numbers.count == 0)
    let irreps = archive.root.descendant("node_embedding.linear.irreps_in")?.irreps
    #expect(irreps == "\(numbers.count)x0e")
  }

  @Test("The layers of a published model have the classes, irreps and weights that they should")
  func layers() throws {
    let archive = try PyTorchArchive(path: SharedModels.path("3bpa-reference"))
    let interaction = try archive.root.required("interactions.0")
    #expect(interaction.className == "mace.modules.blocks.RealAgnosticResidualInteractionBlock")
    let layer = try interaction.required("conv_tp_weights.layer0")
    #expect(try layer.requiredTensor("weight").shape.count == 2)
    let activation = try layer.required("act.f")
    #expect(activation.globalName == "torch.nn.functional.silu")
    let instructions = try interaction.required("conv_tp._in1_dim")
    #expect(instructions.int != nil)
    #expect(archive.root["_modules"]?["interactions"]?.child("1") != nil)
    #expect(archive.root.child("training")?.bool != nil)
  }

  @Test("The golden arrays beside a published model can be read")
  func goldenArrays() throws {
    let archive = try NumPyArchive(path: SharedModels.folder + "/gst/atom_Ge.npz")
    #expect(try archive.ints("numbers") == [32])
    #expect(try archive.shape("forces") == [1, 3])
    #expect(try archive.doubles("forces").count == 3)
    #expect(try archive.shape("energy") == [])
    #expect(try archive.ints("pbc").count == 3)
    #expect(archive.names.contains("virial"))
  }
}
