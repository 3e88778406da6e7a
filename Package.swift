// swift-tools-version: 6.2
import PackageDescription

/// The processor the kernels are built for: `native`, or a baseline such as `x86-64-v3`.
///
/// Swift takes its code generation target from the embedded Clang, hence `-Xcc` below.
let cpu = Context.environment["HONE_CPU"] ?? "native"
#if arch(arm64)
  let processorFlag = "-mcpu=\(cpu)"
#else
  let processorFlag = "-march=\(cpu)"
#endif

/// Whether that processor has fused multiply-add.
///
/// Without it `fma` is a slow call into libm.
let hasFusedMultiplyAdd = Context.environment["HONE_FMA"] != "0"

/// Flags of every Swift target.
let common: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Flags of the targets that hold kernels, and of those alone: what runs before the check of the
/// processor must run on every processor.
///
/// Cross-module optimisation lets generic kernels be specialised where they are used; without it
/// they run fifty times slower.
let kernels: [SwiftSetting] =
  common + [
    .unsafeFlags(["-Xcc", processorFlag]),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
    // Kernels read properties of objects in their loops; debug builds check the accesses.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
  ] + (hasFusedMultiplyAdd ? [.define("HONE_FMA")] : [])

let package = Package(
  name: "hone",
  products: [
    .library(name: "hone", type: .dynamic, targets: ["HoneCAPI"]),
    // The library has the name `hone`; `make` gives the command it too.
    .executable(name: "hone-command", targets: ["HoneCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CHone", path: "include"),
    .target(name: "CHoneShims"),
    .systemLibrary(
      name: "CEigen", path: "Sources/CEigen", pkgConfig: "eigen3",
      providers: [.apt(["libeigen3-dev"])]),
    .target(
      name: "CHoneEigen", dependencies: ["CEigen", "CHoneShims"],
      cxxSettings: [.unsafeFlags([processorFlag, "-O3", "-fno-exceptions", "-DEIGEN_NO_DEBUG"])]),
    .target(
      name: "HoneNumerics", dependencies: ["CHoneEigen", "CHoneShims"], swiftSettings: kernels),
    .target(name: "HoneO3", dependencies: ["HoneNumerics"], swiftSettings: kernels),
    .target(name: "HoneStructure", dependencies: ["HoneNumerics"], swiftSettings: common),
    .target(name: "HoneFormats", dependencies: ["HoneNumerics"], swiftSettings: common),
    .target(
      name: "HoneDiagnosis",
      dependencies: ["CHoneEigen", "HoneNumerics", "HoneStructure", "HoneFormats"],
      swiftSettings: common),
    .target(
      name: "HoneModels",
      dependencies: ["CHoneShims", "HoneNumerics", "HoneO3", "HoneStructure", "HoneFormats"],
      swiftSettings: kernels),
    .target(
      name: "HonePriors",
      dependencies: [
        "CHoneShims", "HoneNumerics", "HoneStructure", "HoneFormats", "HoneModels",
      ],
      swiftSettings: common),
    .target(
      name: "HoneTraining",
      dependencies: [
        "HoneNumerics", "HoneStructure", "HoneFormats", "HoneDiagnosis", "HoneModels",
      ],
      swiftSettings: kernels),
    .target(
      name: "HoneRefinement",
      dependencies: [
        "HoneNumerics", "HoneStructure", "HoneFormats", "HoneDiagnosis", "HoneModels", "HonePriors",
        "HoneTraining",
      ], swiftSettings: kernels),
    .target(
      name: "HoneCAPI",
      dependencies: [
        "CHone", "CHoneShims", "CHoneEigen", "HoneNumerics", "HoneStructure", "HoneFormats",
        "HoneDiagnosis", "HoneModels", "HonePriors", "HoneTraining", "HoneRefinement",
      ],
      swiftSettings: common,
      linkerSettings: [
        .unsafeFlags([
          "-Xlinker", "--version-script=\(Context.packageDirectory)/hone.map",
          "-Xlinker", "-soname=libhone.so.0", "-Xlinker", "-z", "-Xlinker", "nodelete",
        ])
      ]),
    .executableTarget(
      name: "HoneCommand",
      dependencies: [
        "CHone", "CHoneShims", "CHoneEigen", "HoneNumerics", "HoneStructure", "HoneFormats",
        "HoneDiagnosis", "HoneModels", "HonePriors", "HoneTraining", "HoneRefinement",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ],
      swiftSettings: common),
    .target(
      name: "HoneTestSupport", dependencies: ["HoneNumerics", "HoneStructure", "HoneFormats"],
      path: "Tests/HoneTestSupport", swiftSettings: common),
    .testTarget(
      name: "HoneNumericsTests",
      dependencies: ["CHoneEigen", "HoneNumerics", "HoneTestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "HoneO3Tests", dependencies: ["HoneO3", "HoneNumerics", "HoneTestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "HoneStructureTests",
      dependencies: ["HoneStructure", "HoneNumerics", "HoneTestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "HoneFormatsTests", dependencies: ["HoneFormats", "HoneNumerics", "HoneTestSupport"],
      swiftSettings: common),
    .testTarget(
      name: "HoneDiagnosisTests",
      dependencies: [
        "HoneDiagnosis", "HoneFormats", "HoneStructure", "HoneNumerics", "HoneTestSupport",
      ],
      swiftSettings: common),
    .testTarget(
      name: "HoneModelsTests",
      dependencies: [
        "HoneModels", "HoneFormats", "HoneStructure", "HoneO3", "HoneNumerics", "HoneTestSupport",
      ], swiftSettings: common),
    .testTarget(
      name: "HonePriorsTests",
      dependencies: [
        "HonePriors", "HoneModels", "HoneFormats", "HoneStructure", "HoneNumerics",
        "HoneTestSupport",
      ], swiftSettings: common),
    .testTarget(
      name: "HoneTrainingTests",
      dependencies: [
        "HoneTraining", "HoneDiagnosis", "HoneModels", "HoneFormats", "HoneStructure",
        "HoneNumerics", "HoneTestSupport",
      ], swiftSettings: common),
    .testTarget(
      name: "HoneRefinementTests",
      dependencies: [
        "HoneRefinement", "HonePriors", "HoneTraining", "HoneDiagnosis", "HoneModels",
        "HoneFormats", "HoneStructure", "HoneNumerics", "HoneTestSupport",
      ], swiftSettings: common),
    .testTarget(
      name: "HoneCommandTests",
      dependencies: [
        "HoneCommand", "HoneDiagnosis", "HoneTraining", "HoneModels", "HoneFormats",
        "HoneStructure", "HoneNumerics", "HoneTestSupport",
      ], swiftSettings: common),
    .testTarget(
      name: "HoneCAPITests", dependencies: ["HoneCAPI", "CHone", "HoneTestSupport"],
      swiftSettings: common),
  ],
  cxxLanguageStandard: .cxx17
)
