import Foundation
import FoundationXML
import Testing

@testable import Telemetry

@Suite struct PlotTests {
    /// Collects the elements and texts of an XML document.
    private final class Elements: NSObject, XMLParserDelegate {
        var names: [String] = []
        var text = ""
        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            names.append(name)
        }
        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    @Test func namesFromFilesCannotBreakThePage() throws {
        var page = SVGPage(width: 10, height: 10)
        page.text("<script>&\"\u{1}", x: 1, y: 2)
        page.path([(0, 0), (.nan, 1), (2, 2), (3, .infinity)], "#000")
        page.line((0, .nan), (1, 1))
        let elements = Elements()
        let parser = XMLParser(data: Data(page.document.utf8))
        parser.delegate = elements
        #expect(parser.parse())
        #expect(elements.names == ["svg", "rect", "text", "path", "line"])
        #expect(elements.text.contains("<script>&\"?"))
    }

    @Test func axesAreWrittenInRoundNumbers() {
        #expect(PlotAxis(0...10.7, from: 0, to: 100).ticks(about: 5) == [0, 5, 10])
        #expect(PlotAxis(-0.4...0.9, from: 0, to: 100).ticks(about: 6).map(PlotAxis.text) == ["0", "0.5"])
        #expect(PlotAxis(2...12, from: 100, to: 0).place(7) == 50)
        #expect(PlotAxis(3...3, from: 0, to: 100).place(3) == 50)
    }

    @Test func latenciesAreCountedByBinsAndRanked() {
        var histogram = CountHistogram(least: 1, decades: 2, perDecade: 1)
        for value in [0.2, 1, 9.9, 10, 5000, .nan] { histogram.add(value) }
        #expect(histogram.bounds == [1, 10])
        #expect(histogram.counts == [3, 2])
        #expect(histogram.quantile(0.5) == 9.9)
        #expect(histogram.quantile(1) == 5000)
        #expect(CountHistogram().quantile(0.5) == nil)
    }
}
