internal import HoneNumerics

/// From a compiled pass over nodes to what a caller wants of points.
struct CompiledEvaluation<T: CompiledScalar> {
  let pass: CompiledPass<T>
  /// The constant energy of an atom of each species in eV.
  let constants: [Double]

  /// Computes what is asked for.
  ///
  /// - Throws: `.outOfMemory`; `.notConverged` when a result is not finite.
  func run(_ species: View<Int32>, _ targets: ComputeTargets) throws(HoneError) {
    try pass.run()
    let nodes = pass.graph.nodes
    let energies = pass.workspace.energies.view
    // In the points' own order, so that the sum does not depend on how nodes were arranged.
    var energy = 0.0
    for atom in 0..<pass.graph.localCount {
      let share = energies[Int(nodes[atom])].value + constants[Int(species[atom])]
      energy += share
      targets.atomEnergies?[atom] = share
    }
    targets.energy?[0] = energy
    if let descriptors = targets.descriptors, let found = pass.descriptors {
      let width = pass.model.descriptors.width
      for atom in 0..<pass.graph.localCount {
        descriptors.slice(atom * width, width).copy(
          from: found.slice(Int(nodes[atom]) * width, width))
      }
    }
    if let forces = targets.forces { gather(forces, width: 3) { $0.forces.view } }
    if let virials = targets.atomVirials { gather(virials, width: 9) { $0.virials.view } }
    if let virial = targets.virial {
      virial.fill(0)
      for thread in threads { for index in 0..<9 { virial[index] += thread.virial[index] } }
    }
    try targets.requireFinite()
  }

  private var threads: ArraySlice<CompiledThread<T>> {
    pass.workspace.threads.prefix(pass.team.threadCount)
  }

  /// Adds the threads' shares and puts nodes into the points' order.
  private func gather(
    _ target: View<Double>, width: Int, _ share: (CompiledThread<T>) -> View<Double>
  ) {
    let nodes = pass.graph.nodes
    target.fill(0)
    for thread in threads {
      let share = share(thread)
      for atom in 0..<nodes.count {
        let node = Int(nodes[atom])
        for index in 0..<width { target[width * atom + index] += share[width * node + index] }
      }
    }
  }
}
