import Foundation
import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Reading data sets")
struct DataSetReaderTests {
  @Test("labels, weights, head and kind of a frame")
  func everything() throws {
    let text = """
      2
      Lattice="2 0 0 0 3 0 0 0 4" Properties=species:S:1:pos:R:3:REF_forces:R:3:atom_weights:R:1 \
      REF_energy=-3.5 REF_virials="1 2 3 2 5 6 3 6 9" config_type=bulk head=pbe config_weight=2 \
      config_energy_weight=3 config_forces_weight=4 config_stress_weight=5 config_virials_weight=6
      H 0 0 0 0.5 0.25 -1 1
      O 1 1 1 -0.5 -0.25 1 0.5

      """
    var options = DataSetOptions()
    options.configurationTypeWeights = ["bulk": 10]
    let set = try dataSet(text, options: options)
    let frame = set[0]
    #expect(set.count == 1 && set.atomCount == 2 && set.species == [1, 8])
    #expect(set.labels == [.energy, .forces, .virial])
    #expect(frame.labels.energy == -3.5)
    #expect(frame.labels.virial == Matrix3([1, 2, 3], [2, 5, 6], [3, 6, 9]))
    #expect(frame.labels.volume == 24)
    #expect(try #require(frame.labels.forces)[3] == -0.5)
    #expect(try #require(frame.labels.atomWeights)[1] == 0.5)
    var weights = FrameWeights()
    (weights.structure, weights.energy, weights.forces) = (20, 3, 4)
    (weights.stress, weights.virial) = (5, 6)
    #expect(frame.labels.weights == weights)
    #expect(set.heads[frame.head] == "pbe")
    #expect(set.configurationTypes[frame.configurationType] == "bulk")
    #expect(frame.cell?.rows.row2 == [0, 0, 4])
  }

  @Test("REF_ wins over ASE's keys, whole, and both over dft_")
  func precedence() throws {
    let both = frame("REF_energy=1 energy=2 dft_energy=3", forces: "forces")
    let set = try dataSet(both)
    #expect(set[0].labels.energy == 1)
    #expect(set[0].labels.forces == nil)
    let plain = try dataSet(frame("dft_energy=3 energy=2", forces: "forces"))
    #expect(plain[0].labels.energy == 2 && plain[0].labels.forces != nil)
    #expect(try dataSet(frame("free_energy=4"))[0].labels.energy == 4)
    #expect(try dataSet(frame("dft_energy=3"))[0].labels.energy == 3)
    var options = DataSetOptions()
    options.keys = LabelKeys(energy: "dft_energy", forces: "forces")
    let named = try dataSet(both, options: options)
    #expect(named[0].labels.energy == 3 && named[0].labels.forces != nil)
  }

  @Test("a file whose frames name labels differently is refused")
  func mixedNames() {
    let text = frame("REF_energy=1") + frame("energy=2", shift: 1)
    #expect(
      refusal(text)
        == "a.xyz:line 6 (frame 2): expected labels named like 'REF_energy', as in frame 1, got "
        + "'energy': name the keys of the labels, or use the same ones in all frames")
  }

  @Test("stress has the sign of ASE: minus the virial over the volume")
  func stressFromASE() throws {
    let set = try DataSet(paths: [TrainingGolden.folder + "/strained-copper.xyz"])
    let expected = try TrainingGolden.numbers(
      TrainingGolden.json()["strained_copper_virial"])
    let virial = try #require(set[0].labels.virial).elements
    // The reference is a central difference in strain.
    for (x, y) in zip(virial, expected) { #expect((x - y).magnitude < 1e-7) }
  }

  @Test("six numbers of a stress are xx yy zz yz xz xy")
  func voigt() throws {
    let set = try dataSet(frame("energy=1 stress=\"1 2 3 4 5 6\""))
    #expect(
      set[0].labels.virial
        == Matrix3([-1000, -6000, -5000], [-6000, -2000, -4000], [-5000, -4000, -3000]))
  }

  @Test("virials and stresses of different signs or units are refused")
  func disagreement() throws {
    let good = frame("REF_virials=\"3 0 0 0 3 0 0 0 3\" REF_stress=\"-.003 -.003 -.003 0 0 0\"")
    #expect(try dataSet(good)[0].labels.virial == Matrix3([3, 0, 0], [0, 3, 0], [0, 0, 3]))
    let wrong = good.replacing("-.003", with: ".003")
    #expect(
      refusal(wrong)
        == "a.xyz:line 2 (frame 1): REF_virials must be −V REF_stress, got 3.0 and -3.0 eV for "
        + "component [0][0]: correct sign or units, or name the key that is right")
  }

  @Test(
    "labels that are not finite or of the wrong shape are refused, with what to do",
    arguments: [
      (
        "energy=nan", nil,
        "a.xyz:line 2 (frame 1): energy must be finite, got nan: correct it, or remove the key to "
          + "train on the other labels of the frame"
      ),
      (
        "energy=\"1 2\"", nil,
        "a.xyz:line 2 (frame 1): energy must be a number, got integers([1, 2]): correct it or "
          + "remove the key"
      ),
      (
        "energy=low", nil,
        "a.xyz:line 2 (frame 1): energy must be a number, got string(\"low\"): correct it or remove "
          + "the key"
      ),
      (
        "energy=1 virial=\"1 2 3\"", nil,
        "a.xyz:line 2 (frame 1): virial must be 6 or 9 numbers, got integers([1, 2, 3]): correct it "
          + "or remove the key"
      ),
      (
        "energy=1 stress=\"1 2 3 inf 5 6\"", nil,
        "a.xyz:line 2 (frame 1): stress must be finite, got inf: correct it, or remove the key to "
          + "train on the other labels of the frame"
      ),
      (
        "energy=1 forces=\"1 2 3\"", nil,
        "a.xyz:line 2 (frame 1): forces must be a column of 3 numbers for each atom, got a key of "
          + "the comment line: write it as a column or remove it"
      ),
      (
        "energy=1 config_weight=-1", nil,
        "a.xyz:line 2 (frame 1): config_weight must be finite and not negative, got -1.0: correct "
          + "it or remove the key"
      ),
      (
        "colour=red", "velo",
        "a.xyz:line 2 (frame 1): expected labels under one of REF_energy, REF_forces, REF_virials, "
          + "REF_virial, REF_stress, energy, free_energy, forces, force, virials, virial, stress, "
          + "dft_energy, dft_forces, dft_force, dft_virials, dft_virial, dft_stress, got the keys "
          + "colour, velo (column): name the keys of the labels, remove the frame, or have frames "
          + "without labels skipped"
      ),
    ])
  func badLabels(info: String, forces: String?, message: String) {
    #expect(refusal(frame(info, forces: forces)) == message)
  }

  @Test("forces are refused with the line of the atom")
  func badForces() {
    let text = frame("energy=1", atoms: 3, shift: 5) + frame("energy=1", forces: "forces")
    #expect(
      refusal(text.replacing("0.1 1 -0.5", with: "0.1 nan -0.5"))
        == "a.xyz:line 9 (frame 2): forces must be finite, got nan for atom 1: correct it, or remove "
        + "the column to train on the other labels of the frame")
    #expect(
      refusal(frame("energy=1", forces: "forces").replacing(":R:3 ", with: ":R:2:x:R:1 "))
        == "a.xyz:line 2 (frame 1): the column forces must hold 3 numbers for each atom, got width "
        + "2: correct it or remove the column")
    let short =
      "2\nProperties=species:S:1:pos:R:3:forces:R:3 energy=1\nH 0 0 0 1 2 3\nH 0 0 1 1 2\n"
    #expect(
      refusal(short) == "a.xyz:line 4 (frame 1): expected 7 columns in an atom line, got 6")
  }

  @Test("weights of atoms are checked")
  func badAtomWeights() {
    let text = "1\nProperties=species:S:1:pos:R:3:atom_weights:R:1 energy=1\nH 0 0 0 -2\n"
    #expect(
      refusal(text)
        == "a.xyz:line 3 (frame 1): atom_weights must be finite and not negative, got -2.0 for atom "
        + "0: correct it")
  }

  @Test("a stress without a volume is refused")
  func stressWithoutCell() {
    #expect(
      refusal("1\nenergy=1 stress=\"1 2 3 4 5 6\"\nH 0 0 0\n")
        == "a.xyz:line 2 (frame 1): stress needs a Lattice of three independent vectors, got none: "
        + "give virials instead, or remove the key")
  }

  @Test("empty files and frames without atoms are refused")
  func empty() {
    #expect(
      refusal("\n  \n")
        == "a.xyz: expected at least one frame, got an empty file: check the path, or leave the file "
        + "out")
    #expect(
      refusal("0\nenergy=1\n")
        == "a.xyz:line 2 (frame 1): expected at least one atom, got none: remove the frame")
    #expect(throws: HoneError(.format, "expected at least one structure with labels, got none")) {
      try DataSet(paths: [])
    }
    let error = #expect(throws: HoneError.self) { try DataSet(paths: ["/nowhere/a.xyz"]) }
    #expect(error?.kind == .io)
  }

  @Test("frames without labels are skipped where asked, but not all of them")
  func unlabeled() throws {
    var options = DataSetOptions()
    options.unlabeled = .skip
    let set = try dataSet(frame("x=1") + frame("energy=1"), options: options)
    #expect(set.count == 1 && set.unlabeledCount == 1)
    #expect(set.place(of: 0).description == "a.xyz:line 5 (frame 2)")
    let message = try #require(refusal(frame("x=1"), options: options))
    #expect(
      message.hasSuffix(
        "got the keys x: name the keys of the labels, for no other frame has labels either"))
  }

  @Test("labels may be missing unless they are required")
  func required() throws {
    let text = frame("energy=1", forces: "forces") + frame("energy=1", shift: 1)
    let set = try dataSet(text)
    #expect(set[0].labels.present == [.energy, .forces] && set[1].labels.present == .energy)
    var options = DataSetOptions()
    options.required = [.forces, .virial]
    #expect(
      refusal(text, options: options)
        == "a.xyz:line 2 (frame 1): expected a label for virial or stress, got none: add it, or do "
        + "not require it of every frame")
  }

  @Test("isolated atoms give energies and are not trained on")
  func isolatedAtoms() throws {
    let atom = frame("energy=-13.6 config_type=IsolatedAtom", atoms: 1)
    let text = atom + frame("energy=1 config_type=IsolatedAtom", atoms: 2)
    let set = try dataSet(text)
    #expect(set.count == 1 && set[0].atomCount == 2)
    #expect(set.isolatedAtoms == [IsolatedAtom(head: "Default", atomicNumber: 1, energy: -13.6)])
    var options = DataSetOptions()
    options.keepsIsolatedAtoms = true
    #expect(try dataSet(text, options: options).count == 2)
    #expect(
      refusal(atom)
        == "a.xyz: expected structures, got isolated atoms alone: add structures, or keep isolated "
        + "atoms as such")
    #expect(
      refusal(atom + atom.replacing("-13.6", with: "-13.7"))
        == "a.xyz:line 5 (frame 2): expected one energy of isolated H, got -13.7 after -13.6 eV: "
        + "remove one of the frames")
    let forces = frame("config_type=IsolatedAtom", atoms: 1, forces: "forces")
    #expect(
      refusal(forces)
        == "a.xyz:line 2 (frame 1): expected an energy of the isolated atom, got none: add it, or "
        + "remove the frame")
  }

  @Test("a file of isolated atoms needs no config_type")
  func isolatedAtomFile() throws {
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("isolated-\(UUID().uuidString).xyz").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ExtendedXYZ.write(
      ExtendedXYZ.frames(bytes: Array(frame("energy=-13.6", atoms: 1).utf8), name: ""), path: path)
    let reader = try DataSetReader()
    try reader.addIsolatedAtoms(path: path, head: "a")
    try reader.add(bytes: Array(frame("energy=1").utf8), name: "a.xyz")
    let set = try DataSet(reader)
    #expect(set.count == 1 && set.place(of: 0).file == "a.xyz")
    #expect(set.isolatedAtoms == [IsolatedAtom(head: "a", atomicNumber: 1, energy: -13.6)])
    try ExtendedXYZ.write(
      ExtendedXYZ.frames(bytes: Array(frame("energy=1").utf8), name: ""), path: path)
    #expect(
      throws: HoneError(
        .format,
        "\(path):line 2 (frame 1): expected one isolated atom, got 2 atoms: move structures to a "
          + "file of their own")
    ) { try reader.addIsolatedAtoms(path: path) }
  }

  @Test("elements that a model lacks are named with their place")
  func unknownSpecies() throws {
    let set = try dataSet(frame("energy=1") + frame("energy=1", symbol: "Fe"))
    try set.requireSpecies([1, 26])
    let error = #expect(throws: HoneError.self) { try set.requireSpecies([8, 1, 6]) }
    #expect(error?.kind == .unknownSpecies)
    #expect(
      error?.message
        == "a.xyz:line 5 (frame 2): atom 0 is Fe (26), which the model lacks; it knows H C O: leave "
        + "out the frame, or train a model with that element")
  }

  @Test("the head given with a file counts for all its frames")
  func heads() throws {
    let reader = try DataSetReader()
    try reader.add(bytes: Array(frame("energy=1 head=a").utf8), name: "a", head: "b")
    try reader.add(bytes: Array((frame("energy=1") + frame("energy=2 head=a")).utf8), name: "c")
    let set = try DataSet(reader)
    #expect(set.heads == ["b", "Default", "a"])
    #expect(set.frames(ofHead: 2) == [2])
    // The same structure with another head is another structure.
    #expect(set.duplicates.count == 0)
    #expect(set.place(of: 2).description == "c:line 5 (frame 2)")
  }
}
