/// The symbols of the chemical elements 1 to 118.
public enum ElementSymbols {
  /// The symbols in the order of the atomic numbers, hydrogen first.
  private static let symbols: [String] = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br \
    Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho \
    Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es \
    Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
    """.split(separator: " ").map(String.init)

  /// Atomic numbers by the bytes of the symbol in lower case; the second is zero for one letter.
  private static let numbers: [UInt16: Int32] = {
    var numbers: [UInt16: Int32] = [:]
    for (index, symbol) in symbols.enumerated() {
      if let key = key(symbol.utf8) { numbers[key] = Int32(index + 1) }
    }
    return numbers
  }()

  /// The symbol of an element, or nil outside 1 to 118.
  public static func symbol(of atomicNumber: Int32) -> String? {
    guard atomicNumber >= 1, atomicNumber <= 118 else { return nil }
    return symbols[Int(atomicNumber) - 1]
  }

  /// The atomic number of a symbol in any case, or nil for what is none.
  public static func atomicNumber(of symbol: String) -> Int32? {
    atomicNumber(ofBytes: symbol.utf8)
  }

  static func atomicNumber(ofBytes symbol: some Collection<UInt8>) -> Int32? {
    key(symbol).flatMap { numbers[$0] }
  }

  private static func key(_ symbol: some Collection<UInt8>) -> UInt16? {
    var key: UInt16 = 0
    var count = 0
    for byte in symbol {
      let lower = byte | 0x20
      guard count < 2, lower >= UInt8(ascii: "a"), lower <= UInt8(ascii: "z") else { return nil }
      key |= UInt16(lower) << (8 * UInt16(count))
      count += 1
    }
    return count == 0 ? nil : key
  }
}
