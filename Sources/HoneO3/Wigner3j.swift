internal import Synchronization

/// Which sign the coupling tensors with odd l₁ + l₂ + l₃ have.
///
/// All versions of e3nn agree where l₁ + l₂ + l₃ is even. Where it is odd the tensor is fixed up
/// to its sign only, and the choice changed: about a third of these differ. The weights
/// of a model belong to the convention it was trained with.
public enum Wigner3jConvention: Sendable, Hashable {
  /// Real Clebsch–Gordan coefficients, as computed by e3nn from 0.5 on.
  case clebschGordan
  /// The first component that is not zero of the tensor with l₁ ≤ l₂ ≤ l₃ is positive: the
  /// tables that come with e3nn 0.4, and so all models of mace-torch.
  case firstPositive
}

/// The highest degree for which `wigner3j` is computed.
public let wigner3jHighestDegree = 16

/// The invariant tensor that couples three real representations of SO(3), of Frobenius norm one.
///
/// The basis is e3nn's: m = −l … l along each axis, polar axis y, so that degree one is (x, y, z).
/// Computed from sums of integers that are exact, so each component is good to a few units in the
/// last place; kept in memory once computed.
///
/// - Parameters:
///   - l1: Degree of the first axis, `0 … wigner3jHighestDegree`.
///   - l2: Degree of the second axis, in the same range.
///   - l3: Degree of the third axis, in the same range.
///   - convention: The sign where l₁ + l₂ + l₃ is odd.
/// - Returns: Shape `[2l₁ + 1, 2l₂ + 1, 2l₃ + 1]`, row-major; zeros where |l₁ − l₂| ≤ l₃ ≤ l₁ + l₂
///   does not hold.
/// - SeeAlso: L. Wei, Comput. Phys. Commun. 120, 222 (1999), for the sum over binomials.
public func wigner3j(
  _ l1: Int, _ l2: Int, _ l3: Int, convention: Wigner3jConvention = .clebschGordan
) -> [Double] {
  let degrees = 0...wigner3jHighestDegree
  precondition(
    degrees.contains(l1) && degrees.contains(l2) && degrees.contains(l3),
    "wigner3j is computed for degrees 0 to \(wigner3jHighestDegree)")
  let key = Wigner3jKey(l1: l1, l2: l2, l3: l3, convention: convention)
  if let known = wigner3jTable.withLock({ $0[key] }) { return known }
  var tensor = realCoupling(l1, l2, l3)
  if convention == .firstPositive, (l1 + l2 + l3) % 2 == 1 {
    let sorted = [l1, l2, l3].sorted()
    // Both conventions change alike when axes are exchanged, so one sign serves all orders.
    let reference = sorted == [l1, l2, l3] ? tensor : realCoupling(sorted[0], sorted[1], sorted[2])
    if let first = reference.first(where: { $0 != 0 }), first < 0 {
      for index in tensor.indices { tensor[index] = -tensor[index] }
    }
  }
  let result = tensor
  wigner3jTable.withLock { $0[key] = result }
  return result
}

private struct Wigner3jKey: Hashable, Sendable {
  let l1: Int
  let l2: Int
  let l3: Int
  let convention: Wigner3jConvention
}

private let wigner3jTable = Mutex<[Wigner3jKey: [Double]]>([:])

/// Binomial coefficients n over k for n up to 3 · `wigner3jHighestDegree` + 1.
private let binomialTable: [[Int]] = {
  var rows: [[Int]] = [[1]]
  for n in 1...(3 * wigner3jHighestDegree + 1) {
    let last = rows[n - 1]
    rows.append((0...n).map { k in (k > 0 ? last[k - 1] : 0) + (k < n ? last[k] : 0) })
  }
  return rows
}()

/// n over k, zero outside 0 … n.
func binomial(_ n: Int, _ k: Int) -> Int {
  k < 0 || k > n ? 0 : binomialTable[n][k]
}

/// The complex Clebsch–Gordan coefficient ⟨l₁ m₁ l₂ m₂ | l₃ m₁+m₂⟩, divided by √(2l₃ + 1).
///
/// A constant of the degrees, times Σₖ (−1)ᵏ C(J−2l₃, k) C(J−2l₂, l₁−m₁−k) C(J−2l₁, l₂+m₂−k)
/// / √Πᵢ C(2lᵢ, lᵢ−mᵢ), with J = l₁+l₂+l₃. The sum is at most C(J, l₁+l₂) and exact in integers.
private func clebschGordan(_ l1: Int, _ m1: Int, _ l2: Int, _ m2: Int, _ l3: Int) -> Double {
  let m3 = m1 + m2
  let total = l1 + l2 + l3
  var sum = 0
  for k in max(0, l1 - m1 - (total - 2 * l2))...min(total - 2 * l3, l1 - m1) {
    let term =
      binomial(total - 2 * l3, k) * binomial(total - 2 * l2, l1 - m1 - k)
      * binomial(total - 2 * l1, l2 + m2 - k)
    sum += k % 2 == 0 ? term : -term
  }
  let constant =
    Double(binomial(2 * l1, total - 2 * l2)) * Double(binomial(2 * l2, total - 2 * l3))
    / (Double(binomial(total + 1, total - 2 * l3)) * Double(2 * l3 + 1))
  let weight =
    Double(binomial(2 * l1, l1 - m1)) * Double(binomial(2 * l2, l2 - m2))
    * Double(binomial(2 * l3, l3 - m3))
  // So scaled, the squares of all components of the tensor add up to one.
  return Double(sum) * (constant / weight).squareRoot()
}

/// The coupling tensor in the real basis, with the sign of real Clebsch–Gordan coefficients.
private func realCoupling(_ l1: Int, _ l2: Int, _ l3: Int) -> [Double] {
  let (d1, d2, d3) = (2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1)
  var tensor = [Double](repeating: 0, count: d1 * d2 * d3)
  guard abs(l1 - l2) <= l3, l3 <= l1 + l2 else { return tensor }
  for m1 in -l1...l1 {
    for m2 in max(-l2, -l3 - m1)...min(l2, l3 - m1) {
      let m3 = m1 + m2
      let value = clebschGordan(l1, m1, l2, m2, l3)
      guard value != 0 else { continue }
      let nonzero = (m1 == 0 ? 0 : 1) + (m2 == 0 ? 0 : 1) + (m3 == 0 ? 0 : 1)
      let scale = value * changeOfBasisScale[nonzero]
      for (a, phase1) in realComponents(l1, m1) {
        for (b, phase2) in realComponents(l2, m2) {
          for (c, phase3) in realComponents(l3, m3) {
            // The third axis takes the conjugate. Quarter turns: 0 is 1, 1 is i, 2 is −1, 3 is −i.
            switch (phase1 + phase2 - phase3 + 8) % 4 {
            case 0: tensor[(a * d2 + b) * d3 + c] += scale
            case 2: tensor[(a * d2 + b) * d3 + c] -= scale
            default: break  // Imaginary parts cancel between (m₁, m₂) and (−m₁, −m₂).
            }
          }
        }
      }
    }
  }
  return tensor
}

/// 2^(−n/2), n the number of magnetic numbers that are not zero.
private let changeOfBasisScale = [1, 0.5.squareRoot(), 0.5, 0.5 * 0.5.squareRoot()]

/// The one or two real components that a complex one mixes, with their phases in quarter turns.
///
/// The factor (−i)^l of e3nn, which makes the real coupling tensors real, is included.
private func realComponents(_ l: Int, _ m: Int) -> [(index: Int, phase: Int)] {
  let turn = (4 - l % 4) % 4
  if m == 0 { return [(l, turn)] }
  if m < 0 { return [(l - m, turn), (l + m, (turn + 3) % 4)] }
  let sign = m % 2 == 0 ? 0 : 2
  return [(l + m, (turn + sign) % 4), (l - m, (turn + sign + 1) % 4)]
}
