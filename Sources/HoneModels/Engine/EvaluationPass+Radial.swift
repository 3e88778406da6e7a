internal import HoneNumerics

extension EvaluationPass {
  /// Gradients of one seed from edge weights, couplings and densities to the weights of the radial
  /// networks, if they are trained, and to the edges' vectors.
  func reverseRadial(
    _ index: Int, _ edges: Range<Int>, _ centers: Range<Int>, _ seed: Int, _ rank: Int
  ) {
    let layer = model.layers[index]
    let scratch = edgeScratch[rank]
    let basis = model.basis
    let count = edges.count
    var radial = [T](repeating: .zero, count: needsEdgeGradients ? count : 0)
    if basis.scalesWeights {
      reverseFactor(layer.convolution.weightLanes, count, scratch, radial: &radial)
    }
    // Nobody asks for the gradient of the basis but edges and trained frequencies.
    let trainsBasis = training.map { basis.trainsConstants($0.gradients[rank]) } ?? false
    let needsBasis = needsEdgeGradients || trainsBasis
    layer.network.gradient(
      scratch.weightGradient.view, scratch: scratch.networkScratch.view,
      work: scratch.networkWork.view, edges: count,
      into: needsBasis ? scratch.basisGradient.view : nil, weights: weightTargets(edges, rank))
    if let network = layer.densityNetwork {
      reverseDensity(centers, count, seed, rank, radial: &radial)
      network.gradient(
        scratch.densityGradient.view, scratch: scratch.densityScratch.view,
        work: scratch.networkWork.view, edges: count,
        into: needsBasis ? scratch.densityBasisGradient.view : nil,
        weights: weightTargets(edges, rank))
      if needsBasis {
        for block in 0..<count * basis.lanes {
          scratch.basisGradient[block] =
            scratch.basisGradient[block] + scratch.densityBasisGradient[block]
        }
      }
    }
    if trainsBasis, let training {
      for slot in 0..<count {
        basis.accumulateWeightGradient(
          scratch.basisGradient.view(from: slot * basis.lanes, count: basis.lanes),
          distance: scratch.distances[slot],
          radiusSum: radiusSum(edges.lowerBound + slot, Int(scratch.centers[slot])),
          cutoff: graph.cutoffs.map { $0[Int(scratch.centers[slot])] },
          into: training.gradients[rank])
      }
    }
    if needsEdgeGradients { reverseEdgeVectors(layer, edges, seed, scratch, radial) }
  }

  /// Where a radial network's gradients go, if it is trained.
  private func weightTargets(_ edges: Range<Int>, _ rank: Int) -> RadialNetwork<T>.WeightTargets? {
    guard let training else { return nil }
    let scratch = edgeScratch[rank]
    return .init(
      gradients: training.gradients[rank], input: scratch.basis.view,
      ends: { self.ends(edges, $0, scratch) }, work: scratch.weightWork.view)
  }

  /// R = f W: ∂E/∂f = Σ ∂E/∂R W, and f ∂E/∂R goes on to the network.
  private func reverseFactor(
    _ weightLanes: Int, _ count: Int, _ scratch: EdgeScratch<T>, radial: inout [T]
  ) {
    for slot in 0..<count {
      let factor = T.Lanes(repeating: scratch.factors[slot])
      var sum = T.Lanes.zero
      for block in slot * weightLanes..<(slot + 1) * weightLanes {
        let gradient = scratch.weightGradient[block]
        sum += gradient * scratch.bareWeights[block]
        scratch.weightGradient[block] = gradient * factor
      }
      if needsEdgeGradients { radial[slot] = sum.sum() * scratch.factorSlopes[slot] }
    }
  }

  /// From the gradients of densities to those of what the density network gives.
  private func reverseDensity(
    _ centers: Range<Int>, _ count: Int, _ seed: Int, _ rank: Int, radial: inout [T]
  ) {
    let scratch = edgeScratch[rank]
    let gradients = nodeScratch[rank].densityGradients
    for slot in 0..<count {
      let gradient = gradients[
        seed * Self.rows + Int(scratch.centers[slot]) - centers.lowerBound]
      let (value, slope) = density(slot, scratch)
      if model.basis.scalesWeights && needsEdgeGradients {
        radial[slot] += gradient * value * scratch.factorSlopes[slot]
      }
      scratch.densityGradient.view(from: slot, count: 1)
        .setChannel(0, to: gradient * slope * scratch.factors[slot])
    }
  }

  /// From the gradients of the basis functions and couplings to those of the edges' vectors.
  private func reverseEdgeVectors(
    _ layer: InteractionLayer<T>, _ edges: Range<Int>, _ seed: Int, _ scratch: EdgeScratch<T>,
    _ radial: [T]
  ) {
    let basis = model.basis
    layer.convolution.couplingTranspose.multiply(
      scratch.couplingGradient.view, stride: layer.convolution.coupling.blockCount,
      into: scratch.harmonicGradient.view, stride: model.harmonics.lanes, rows: edges.count)
    for slot in 0..<edges.count {
      var sum = T.Lanes.zero
      for block in slot * basis.lanes..<(slot + 1) * basis.lanes {
        sum = T.Lanes.multiplyAdd(sum, scratch.basisGradient[block], scratch.basisSlopes[block])
      }
      accumulateEdgeGradient(
        edges.lowerBound + slot, slot: slot, radial: radial[slot] + sum.sum(), scratch,
        into: edgeGradients[seed])
    }
  }
}
