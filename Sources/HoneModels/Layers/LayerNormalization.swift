internal import HoneNumerics

/// The term that keeps the variance of a layer normalisation from zero, as in PyTorch.
private let varianceOffset = 1e-5

/// Mean and reciprocal standard deviation of a row's channels, padding left out.
private func moments<L: HoneLanes>(_ row: View<L>, count: Int, lanes: Int)
  -> (mean: L.Element, scale: L.Element)
{
  var total = L.zero
  for block in 0..<lanes { total += row[block] }
  let perChannel = L.Element(1 / Double(count))
  let mean = total.sum() * perChannel
  let meanLanes = L(repeating: mean)
  var squares = L.zero
  for block in 0..<lanes {
    var difference = row[block] - meanLanes
    // Padding channels are zero and not part of the row: to subtract their squares afterwards
    // would cancel digits.
    for lane in 0..<L.width where block * L.width + lane >= count { difference[lane] = .zero }
    squares += difference * difference
  }
  let variance = squares.sum() * perChannel
  return (mean, L.Element(1) / L.Element.squareRoot(variance + L.Element(varianceOffset)))
}

/// `output = gain · (x − mean) / √(variance + ε) + offset` over the channels of one row.
///
/// - SeeAlso: Ba, Kiros and Hinton, arXiv:1607.06450.
func normalize<T: HoneScalar>(
  _ row: View<T.Lanes>, count: Int, lanes: Int, gain: WeightRow<T>, offset: WeightRow<T>,
  into output: View<T.Lanes>
) {
  typealias L = T.Lanes
  let (mean, scale) = moments(row, count: count, lanes: lanes)
  let meanLanes = L(repeating: mean)
  let scaleLanes = L(repeating: scale)
  for block in 0..<lanes {
    output[block] = (row[block] - meanLanes) * scaleLanes * gain[block] + offset[block]
  }
}

/// Replaces a row's gradient with respect to the result by that with respect to the input.
///
/// Adjoint of `normalize`: with x̂ the normalised row and h = gain · g,
/// `∂/∂x = scale · (h − mean(h) − x̂ · mean(h x̂))`.
///
/// - Parameter weights: Where gradients with respect to gain and offset are added, if wanted.
func normalizeGradient<T: HoneScalar>(
  _ row: View<T.Lanes>, count: Int, lanes: Int, gain: WeightRow<T>, offset: WeightRow<T>,
  gradient: View<T.Lanes>, weights: WeightGradients<T>? = nil
) {
  typealias L = T.Lanes
  let (mean, scale) = moments(row, count: count, lanes: lanes)
  let meanLanes = L(repeating: mean)
  let scaleLanes = L(repeating: scale)
  if let weights, let target = gain.gradient(in: weights) {
    for block in 0..<lanes {
      target[block] = L.accumulateWeight(
        target[block], (row[block] - meanLanes) * scaleLanes, gradient[block])
    }
    offset.accumulateSum(gradient, stride: lanes, rows: 1, into: weights)
  }
  var sum = L.zero
  var product = L.zero
  for block in 0..<lanes {
    // The gain of padding channels is zero, which keeps them out of both sums.
    let h = gradient[block] * gain[block]
    sum += h
    product += h * (row[block] - meanLanes) * scaleLanes
  }
  let perChannel = L.Element(1 / Double(count))
  let sumLanes = L(repeating: sum.sum() * perChannel)
  let productLanes = L(repeating: product.sum() * perChannel)
  for block in 0..<lanes {
    let normalized = (row[block] - meanLanes) * scaleLanes
    let h = gradient[block] * gain[block]
    gradient[block] = scaleLanes * (h - sumLanes - normalized * productLanes)
  }
}
