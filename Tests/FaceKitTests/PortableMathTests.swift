import Foundation
import Testing

@testable import FaceKit

/// Beside the C library's functions, which are right to a unit in the last place.
@Suite struct PortableMathTests {
    let places = (1...4000).map { Double($0) * 0.7391 - 1478.2 }

    @Test func logarithmsAreRight() {
        for place in places {
            let x = Foundation.exp(place / 5)
            #expect(abs(PortableMath.log(x) - Foundation.log(x)) <= 4e-16 * max(abs(Foundation.log(x)), 1e-3))
        }
        #expect(PortableMath.log(1) == 0)
    }

    @Test func exponentialsAreRight() {
        for place in places {
            let x = place / 3
            #expect(abs(PortableMath.exp(x) / Foundation.exp(x) - 1) <= 5e-16)
        }
    }

    @Test func sinesAndCosinesAreRight() {
        for place in places + [1e6, -1e6, 0, Double.pi / 4, 1e-9] {
            #expect(abs(PortableMath.sin(place) - Foundation.sin(place)) <= 3e-16)
            #expect(abs(PortableMath.cos(place) - Foundation.cos(place)) <= 3e-16)
        }
    }
}
