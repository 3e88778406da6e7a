internal import HoneNumerics
internal import HoneO3

/// Where the invariant features of atoms stand in the rows of a model's layers.
///
/// The descriptor of an atom is its invariant features (0e) after every layer, one layer after the
/// other: what readouts see, and what the model computes anyway.
struct DescriptorLayout: Sendable {
  /// Invariant channels of a layer's rows.
  struct Part: Sendable {
    /// The layer.
    let layer: Int
    /// Where the channels start in a row, in channels: padding of earlier blocks counts.
    let start: Int
    /// The number of channels.
    let count: Int
    /// Where they start in a descriptor.
    let target: Int
  }

  /// The parts, in the order of a descriptor.
  let parts: [Part]
  /// The length of a descriptor.
  let width: Int

  /// Finds the invariant channels of some layers' rows.
  ///
  /// - Parameter lanes: The channels of a lane.
  init(_ layers: [FeatureLayout], lanes: Int) {
    var parts: [Part] = []
    var width = 0
    for (layer, layout) in layers.enumerated() {
      for block in layout.blocks where block.irrep.isScalar {
        parts.append(
          Part(layer: layer, start: block.offset * lanes, count: block.multiplicity, target: width))
        width += block.multiplicity
      }
    }
    self.parts = parts
    self.width = width
  }

  /// Copies what a layer contributes to the descriptors of some atoms.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - rows: Its rows, `[count][row]`.
  ///   - rowLanes: The lanes of a row.
  ///   - count: The number of atoms.
  ///   - descriptors: `[count][width]`.
  func copy<Lanes: HoneLanes>(
    layer: Int, rows: View<Lanes>, rowLanes: Int, count: Int, into descriptors: View<Double>
  ) {
    for part in parts where part.layer == layer {
      for row in 0..<count {
        let features = rows.slice(row * rowLanes, rowLanes)
        let target = descriptors.slice(row * width + part.target, part.count)
        for channel in 0..<part.count {
          target[channel] = features.channel(part.start + channel).value
        }
      }
    }
  }
}

extension MessagePassingModel {
  /// Where the invariant features of its atoms are.
  var descriptors: DescriptorLayout {
    DescriptorLayout(layers.map(\.outputLayout), lanes: T.Lanes.width)
  }
}
