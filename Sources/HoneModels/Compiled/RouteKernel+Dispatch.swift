internal import HoneNumerics

// From the numbers in a route to the kernel compiled for them. Components are 1, 3, 5, 7 or 9
// (degrees 0 to 4); `Route.isCovered` says which routes there is a kernel for.

extension Route {
  /// Whether there is a kernel for the route.
  var isCovered: Bool { inputs <= 9 && outputs <= 9 }

  /// Adds the messages of consecutive edges of one centre; see `RouteKernel.accumulate`.
  func accumulate<T: CompiledScalar>(
    _ slots: Range<Int>, _ edges: EdgeArrays<T>, senders: UnsafePointer<T.Lanes>,
    senderLanes: Int, into message: UnsafeMutablePointer<T.Lanes>
  ) {
    @inline(__always)
    func diagonal<let n: Int>(_: DiagonalRouteKernel<T, n>.Type) {
      DiagonalRouteKernel<T, n>.accumulate(
        self, slots, edges, senders: senders, senderLanes: senderLanes, into: message)
    }
    @inline(__always)
    func general<let a: Int, let c: Int>(_: RouteKernel<T, a, c>.Type) {
      RouteKernel<T, a, c>.accumulate(
        self, slots, edges, senders: senders, senderLanes: senderLanes, into: message)
    }
    if isDiagonal {
      switch inputs {
      case 1: diagonal(DiagonalRouteKernel<T, 1>.self)
      case 3: diagonal(DiagonalRouteKernel<T, 3>.self)
      case 5: diagonal(DiagonalRouteKernel<T, 5>.self)
      case 7: diagonal(DiagonalRouteKernel<T, 7>.self)
      default: diagonal(DiagonalRouteKernel<T, 9>.self)
      }
      return
    }
    switch (inputs, outputs) {
    case (1, 3): general(RouteKernel<T, 1, 3>.self)
    case (1, 5): general(RouteKernel<T, 1, 5>.self)
    case (1, 7): general(RouteKernel<T, 1, 7>.self)
    case (1, _): general(RouteKernel<T, 1, 9>.self)
    case (3, 1): general(RouteKernel<T, 3, 1>.self)
    case (3, 3): general(RouteKernel<T, 3, 3>.self)
    case (3, 5): general(RouteKernel<T, 3, 5>.self)
    case (3, 7): general(RouteKernel<T, 3, 7>.self)
    case (3, _): general(RouteKernel<T, 3, 9>.self)
    case (5, 1): general(RouteKernel<T, 5, 1>.self)
    case (5, 3): general(RouteKernel<T, 5, 3>.self)
    case (5, 5): general(RouteKernel<T, 5, 5>.self)
    case (5, 7): general(RouteKernel<T, 5, 7>.self)
    case (5, _): general(RouteKernel<T, 5, 9>.self)
    case (7, 1): general(RouteKernel<T, 7, 1>.self)
    case (7, 3): general(RouteKernel<T, 7, 3>.self)
    case (7, 5): general(RouteKernel<T, 7, 5>.self)
    case (7, 7): general(RouteKernel<T, 7, 7>.self)
    case (7, _): general(RouteKernel<T, 7, 9>.self)
    case (_, 1): general(RouteKernel<T, 9, 1>.self)
    case (_, 3): general(RouteKernel<T, 9, 3>.self)
    case (_, 5): general(RouteKernel<T, 9, 5>.self)
    case (_, 7): general(RouteKernel<T, 9, 7>.self)
    default: general(RouteKernel<T, 9, 9>.self)
    }
  }

  /// Adds the gradients of the messages of a few edges; see `RouteKernel.accumulateGradient`.
  func accumulateGradient<T: CompiledScalar>(
    _ slots: Range<Int>, _ edges: EdgeArrays<T>,
    _ messageGradients: UnsafePointer<UnsafePointer<T.Lanes>>,
    senders: UnsafePointer<T.Lanes>, senderLanes: Int,
    into senderGradients: UnsafeMutablePointer<T.Lanes>?, radial: UnsafeMutablePointer<T.Lanes>,
    products: UnsafeMutablePointer<T.Lanes>
  ) {
    @inline(__always)
    func diagonal<let n: Int>(_: DiagonalRouteKernel<T, n>.Type) {
      DiagonalRouteKernel<T, n>.accumulateGradient(
        self, slots, edges, messageGradients, senders: senders, senderLanes: senderLanes,
        into: senderGradients, radial: radial)
    }
    @inline(__always)
    func general<let a: Int, let c: Int>(_: RouteKernel<T, a, c>.Type) {
      RouteKernel<T, a, c>.accumulateGradient(
        self, slots, edges, messageGradients, senders: senders, senderLanes: senderLanes,
        into: senderGradients, radial: radial, products: products)
    }
    if isDiagonal {
      switch inputs {
      case 1: diagonal(DiagonalRouteKernel<T, 1>.self)
      case 3: diagonal(DiagonalRouteKernel<T, 3>.self)
      case 5: diagonal(DiagonalRouteKernel<T, 5>.self)
      case 7: diagonal(DiagonalRouteKernel<T, 7>.self)
      default: diagonal(DiagonalRouteKernel<T, 9>.self)
      }
      return
    }
    switch (inputs, outputs) {
    case (1, 3): general(RouteKernel<T, 1, 3>.self)
    case (1, 5): general(RouteKernel<T, 1, 5>.self)
    case (1, 7): general(RouteKernel<T, 1, 7>.self)
    case (1, _): general(RouteKernel<T, 1, 9>.self)
    case (3, 1): general(RouteKernel<T, 3, 1>.self)
    case (3, 3): general(RouteKernel<T, 3, 3>.self)
    case (3, 5): general(RouteKernel<T, 3, 5>.self)
    case (3, 7): general(RouteKernel<T, 3, 7>.self)
    case (3, _): general(RouteKernel<T, 3, 9>.self)
    case (5, 1): general(RouteKernel<T, 5, 1>.self)
    case (5, 3): general(RouteKernel<T, 5, 3>.self)
    case (5, 5): general(RouteKernel<T, 5, 5>.self)
    case (5, 7): general(RouteKernel<T, 5, 7>.self)
    case (5, _): general(RouteKernel<T, 5, 9>.self)
    case (7, 1): general(RouteKernel<T, 7, 1>.self)
    case (7, 3): general(RouteKernel<T, 7, 3>.self)
    case (7, 5): general(RouteKernel<T, 7, 5>.self)
    case (7, 7): general(RouteKernel<T, 7, 7>.self)
    case (7, _): general(RouteKernel<T, 7, 9>.self)
    case (_, 1): general(RouteKernel<T, 9, 1>.self)
    case (_, 3): general(RouteKernel<T, 9, 3>.self)
    case (_, 5): general(RouteKernel<T, 9, 5>.self)
    case (_, 7): general(RouteKernel<T, 9, 7>.self)
    default: general(RouteKernel<T, 9, 9>.self)
    }
  }
}

/// From the number of harmonics to the kernel compiled for it.
enum PowerKernels {
  /// Whether there is a kernel for harmonics up to a degree.
  static func cover(lMax: Int) -> Bool { lMax <= 4 }

  /// Adds consecutive edges of one centre; see `PowerKernel.accumulate`.
  static func accumulate<T: CompiledScalar>(
    harmonics: Int, _ slots: Range<Int>, lanes: Int, _ edges: EdgeArrays<T>,
    into sums: UnsafeMutablePointer<T.Lanes>
  ) {
    switch harmonics {
    case 1: PowerKernel<T, 1>.accumulate(slots, lanes: lanes, edges, into: sums)
    case 4: PowerKernel<T, 4>.accumulate(slots, lanes: lanes, edges, into: sums)
    case 9: PowerKernel<T, 9>.accumulate(slots, lanes: lanes, edges, into: sums)
    case 16: PowerKernel<T, 16>.accumulate(slots, lanes: lanes, edges, into: sums)
    default: PowerKernel<T, 25>.accumulate(slots, lanes: lanes, edges, into: sums)
    }
  }

  /// Gradients of a few edges; see `PowerKernel.accumulateGradient`.
  static func accumulateGradient<T: CompiledScalar>(
    harmonics: Int, _ slots: Range<Int>, lanes: Int, _ edges: EdgeArrays<T>,
    _ gradients: UnsafePointer<UnsafePointer<T.Lanes>>, radial: UnsafeMutablePointer<T.Lanes>,
    products: UnsafeMutablePointer<T.Lanes>
  ) {
    switch harmonics {
    case 1:
      PowerKernel<T, 1>.accumulateGradient(
        slots, lanes: lanes, edges, gradients, radial: radial, products: products)
    case 4:
      PowerKernel<T, 4>.accumulateGradient(
        slots, lanes: lanes, edges, gradients, radial: radial, products: products)
    case 9:
      PowerKernel<T, 9>.accumulateGradient(
        slots, lanes: lanes, edges, gradients, radial: radial, products: products)
    case 16:
      PowerKernel<T, 16>.accumulateGradient(
        slots, lanes: lanes, edges, gradients, radial: radial, products: products)
    default:
      PowerKernel<T, 25>.accumulateGradient(
        slots, lanes: lanes, edges, gradients, radial: radial, products: products)
    }
  }
}
