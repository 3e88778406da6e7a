// swift-tools-version: 6.2
import PackageDescription

/// The parsers, instrumented for libFuzzer and AddressSanitizer; `Scripts/fuzz.sh` builds and runs
/// them.
///
/// `Library` is a link to the sources of the library: they are compiled here a second time, with
/// instrumentation, and with the assertions that release builds leave out. Products are static
/// libraries because libFuzzer brings its own `main`, which the package manager cannot link.
let instrumented: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags([
    "-sanitize=fuzzer,address", "-parse-as-library", "-assert-config", "Debug",
    "-cross-module-optimization",
  ]),
]

/// As in the library's own manifest.
let cpu = Context.environment["HONE_CPU"] ?? "native"
let kernels = instrumented + [.define("HONE_FMA"), .unsafeFlags(["-Xcc", "-march=\(cpu)"])]

/// One target per parser.
let fuzzers = [
  "Zip", "Inflate", "Pickle", "TorchArchive", "Importer", "OwnModel", "Safetensors", "JSON",
  "ExtendedXYZ",
]

let package = Package(
  name: "hone-fuzz",
  products: fuzzers.map { .library(name: "Fuzz\($0)", type: .static, targets: ["Fuzz\($0)"]) },
  targets: [
    .target(name: "CHoneShims", path: "Library/CHoneShims"),
    .systemLibrary(name: "CEigen", path: "Library/CEigen", pkgConfig: "eigen3"),
    .target(
      name: "CHoneEigen", dependencies: ["CEigen"], path: "Library/CHoneEigen",
      cxxSettings: [.unsafeFlags(["-march=\(cpu)", "-O3", "-fno-exceptions", "-DEIGEN_NO_DEBUG"])]),
    .target(
      name: "HoneNumerics", dependencies: ["CHoneEigen", "CHoneShims"],
      path: "Library/HoneNumerics", swiftSettings: kernels),
    .target(
      name: "HoneO3", dependencies: ["HoneNumerics"], path: "Library/HoneO3",
      swiftSettings: kernels),
    .target(
      name: "HoneStructure", dependencies: ["HoneNumerics"], path: "Library/HoneStructure",
      swiftSettings: instrumented),
    .target(
      name: "HoneFormats", dependencies: ["HoneNumerics"], path: "Library/HoneFormats",
      swiftSettings: instrumented),
    .target(
      name: "HoneModels",
      dependencies: ["HoneNumerics", "HoneO3", "HoneStructure", "HoneFormats"],
      path: "Library/HoneModels", swiftSettings: kernels),
    .target(
      name: "FuzzSupport",
      dependencies: ["HoneFormats", "HoneModels", "HoneStructure", "HoneNumerics"],
      path: "Support", swiftSettings: instrumented),
  ]
    + fuzzers.map {
      .target(
        name: "Fuzz\($0)",
        dependencies: [
          "FuzzSupport", "HoneFormats", "HoneModels", "HoneStructure", "HoneNumerics",
        ], path: "Targets/\($0)", swiftSettings: instrumented)
    },
  cxxLanguageStandard: .cxx17
)
