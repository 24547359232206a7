// swift-tools-version: 6.2
import PackageDescription

/// CI sets `MIEN_STRICT=1`, which turns every warning of our own targets into an error.
let strict = Context.environment["MIEN_STRICT"] == "1"
let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")
let csv = Target.Dependency.product(name: "SwiftCSV", package: "SwiftCSV")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ target: String, _ more: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: target + "Tests", dependencies: [.byName(name: target)] + more,
        resources: resources, swiftSettings: swiftSettings)
}

let package = Package(
    name: "mien",
    products: [
        .executable(name: "mien", targets: ["mien"]),
        .library(name: "Mien", targets: ["Runtime"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", exact: "0.10.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
    ],
    targets: [
        // What the boxes speak, and what they compute with.
        library("FaceKit", [csv]),
        .target(name: "CKernels"),
        library("Inference", ["FaceKit", "CKernels", "COpenBLAS"]),
        library("FaceFit", ["FaceKit", "Inference"]),

        // The way of the data: person in, servos out.
        library("Perception", ["FaceKit", "FaceFit", "Inference", "CSndFile", "CSampleRate"]),
        library("Motion", ["FaceKit", "FaceFit", "Inference"]),
        .target(name: "CLuaHost", dependencies: ["CLua"]),
        library("Behaviour", ["FaceKit", "Motion", "CLua", "CLuaHost", yams]),
        library("Actuation", ["FaceKit", "Inference", yams]),
        library("Hardware", ["FaceKit", "Actuation", "CSerialPort", "COpenSSL"]),
        library("Telemetry", ["FaceKit", "Actuation", "CMosquitto", "COpenSSL", "CZstd", histogram, flyingFox]),
        library(
            "Runtime",
            [
                "FaceKit", "FaceFit", "Inference", "Perception", "Motion", "Behaviour", "Actuation", "Hardware",
                "Telemetry", histogram, logging, csv,
            ]),
        .executableTarget(
            name: "mien",
            dependencies: [
                "Runtime", "FaceKit", "FaceFit", "Inference", "Perception", "Motion", "Behaviour", "Actuation",
                "Hardware", "Telemetry", "CEdit", "CLua",
                .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
            ],
            swiftSettings: swiftSettings),

        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .target(name: "CPretendPort", path: "Tests/CPretendPort"),

        // Tests sit beside their targets by name.
        tests("FaceKit"),
        tests("Inference", ["CKernels", "FaceKit", "CAllocationCounter"], resources: [.copy("Golden")]),
        tests("Perception", ["FaceKit", "Inference"], resources: [.copy("Golden")]),
        tests("FaceFit", ["FaceKit", "Inference", "CAllocationCounter"], resources: [.copy("Golden")]),
        tests("Motion", ["FaceKit", "FaceFit", "Inference"], resources: [.copy("Golden")]),
        tests("Behaviour", ["FaceKit", "CLua"]),
        tests("Actuation", ["FaceKit", "Inference", "CAllocationCounter"], resources: [.copy("Golden")]),
        tests("Telemetry", ["FaceKit", flyingFox], resources: [.copy("Golden")]),
        tests("Hardware", ["Actuation", "FaceKit", "CAllocationCounter", "CPretendPort"]),
        tests(
            "Runtime",
            [
                "FaceKit", "FaceFit", "Perception", "Motion", "Behaviour", "Actuation", "Hardware", "Telemetry",
                "CAllocationCounter",
            ]),

        .testTarget(
            name: "SystemLibraryTests",
            dependencies: [
                "CLua", "CMosquitto", "CALSA", "COpenBLAS", "COpenSSL", "CSampleRate", "CSerialPort", "CSndFile",
            ],
            swiftSettings: swiftSettings),

        // System libraries.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CSerialPort", pkgConfig: "libserialport", providers: [.apt(["libserialport-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSampleRate", pkgConfig: "samplerate", providers: [.apt(["libsamplerate0-dev"])]),
        .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    ]
)
