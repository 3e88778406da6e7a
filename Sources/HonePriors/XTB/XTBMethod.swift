/// The methods of libxtb.
public enum XTBMethod: String, Sendable, CaseIterable {
  /// GFN1-xTB: Grimme, Bannwarth, Shushkov, J. Chem. Theory Comput. 13, 1989 (2017),
  /// doi:10.1021/acs.jctc.7b00118.
  case gfn1 = "gfn1-xtb"
  /// GFN2-xTB: Bannwarth, Ehlert, Grimme, J. Chem. Theory Comput. 15, 1652 (2019),
  /// doi:10.1021/acs.jctc.8b01176.
  case gfn2 = "gfn2-xtb"
  /// GFN-FF, a force field that derives bonds and charges from the geometry: Spicher, Grimme, Angew.
  /// Chem. Int. Ed. 59, 15665 (2020), doi:10.1002/anie.202004239.
  case gfnff

  /// The last element any of them has parameters for, radon; libxtb crashes beyond it.
  static let lastElement: Int32 = 86
}

/// Which electrons the methods treat, and room for how many.
///
/// Beyond these bounds libxtb computes nonsense without a word, or ends the process.
enum XTBElectrons {
  /// The valence electrons of a neutral atom.
  ///
  /// Full shells belong to the core: d shells from group 12 on, and all f shells, so that every
  /// lanthanide has three.
  static func valence(_ atomicNumber: Int32) -> Int {
    let number = Int(atomicNumber)
    switch number {
    case ...2: return number
    case ...10: return number - 2
    case ...18: return number - 10
    case ...29: return number - 18
    case ...36: return number - 28
    case ...47: return number - 36
    case ...54: return number - 46
    case ...56: return number - 54
    case ...71: return 3
    case ...79: return number - 68
    default: return number - 78
    }
  }

  /// Orbitals that every method gives an atom; some give it more to polarise.
  static func orbitals(_ atomicNumber: Int32) -> Int {
    switch atomicNumber {
    case ...2: 1
    case 20...29, 38...47, 56...79: 9
    default: 4
    }
  }
}
