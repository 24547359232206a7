import CALSA
import CLua
import CMosquitto
import COpenBLAS
import COpenSSL
import CSampleRate
import CSerialPort
import CSndFile
import Testing

/// Every system library that the design names is installed, links, and is of the version that was tried.
@Suite struct SystemLibraryTests {
    @Test func luaRunsAndIsFivePointFour() throws {
        let state = try #require(luaL_newstate())
        defer { lua_close(state) }
        #expect(lua_version(state) == 504)
    }

    @Test func mosquittoIsTwoPointNothing() {
        var major: Int32 = 0
        var minor: Int32 = 0
        var revision: Int32 = 0
        mosquitto_lib_version(&major, &minor, &revision)
        #expect(major == 2)
    }

    @Test func soundAndSerialLibrariesAnswer() {
        #expect(String(cString: snd_asoundlib_version()).hasPrefix("1."))
        #expect(String(cString: sf_version_string()).hasPrefix("libsndfile-1."))
        #expect(String(cString: src_get_version()).hasPrefix("libsamplerate-0."))
        #expect(sp_get_major_package_version() == 0 && sp_get_minor_package_version() >= 1)
    }

    @Test func openBLASMultiplies() {
        var y: [Float] = [0, 0]
        cblas_sgemv(CblasRowMajor, CblasNoTrans, 2, 2, 1, [1, 2, 3, 4], 2, [10, 100], 1, 0, &y, 1)
        #expect(y == [210, 430])
    }

    @Test func openSSLKnowsTheDigestOfNothing() throws {
        // FIPS 180-4: SHA-256 of the empty message begins e3b0c442.
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        #expect(EVP_Digest(nil, 0, &digest, &length, EVP_sha256(), nil) == 1)
        #expect(Array(digest.prefix(4)) == [0xe3, 0xb0, 0xc4, 0x42])
    }
}
