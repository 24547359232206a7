import Testing

@testable import Inference

@Suite struct SolverTests {
    func problem(_ file: WeightFile, _ i: Int) throws -> (solver: BoundedLeastSquares, targets: [Double]) {
        let shape = try file.tensor("bounded.\(i).a").shape
        var solver = BoundedLeastSquares(rowCapacity: shape[0], columns: shape[1])
        let ridge = try file.doubles("bounded.\(i).ridge")[0]
        solver.setMatrix(
            try file.doubles("bounded.\(i).a"), rows: shape[0], ridge: .init(repeating: ridge, count: shape[1]))
        solver.setBounds(
            lower: try file.doubles("bounded.\(i).lower"), upper: try file.doubles("bounded.\(i).upper"))
        solver.setPrior(try file.doubles("bounded.\(i).prior"))
        return (solver, try file.doubles("bounded.\(i).b"))
    }

    @Test func findsTheOptimumThatSciPyFinds() throws {
        let file = try golden("solvers")
        for i in 0..<(try file.integer("bounded")) {
            var (solver, targets) = try problem(file, i)
            let outcome = solver.solve(targets)
            #expect(outcome.isOptimal, "problem \(i): \(outcome)")
            let expected = try file.doubles("bounded.\(i).x")
            let difference = zip(solver.solution, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference < 1e-6, "problem \(i): \(difference)")
        }
    }

    @Test func startsFromTheLastSolution() throws {
        let file = try golden("solvers")
        var (solver, targets) = try problem(file, 3)
        solver.solve(targets)
        let first = solver.solution
        let again = solver.solve(targets)
        #expect(again.iterations == 1)
        #expect(zip(solver.solution, first).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func staysWithinBoundsWhereColumnsRepeat() {
        var solver = BoundedLeastSquares(rowCapacity: 2, columns: 3)
        solver.setMatrix([1, 1, 0, 0, 0, 1], rows: 2, ridge: [0, 0, 0])
        solver.setBounds(lower: [0, 0, 0], upper: [1, 1, 1])
        let outcome = solver.solve([1.5, -2])
        #expect(outcome.isOptimal)
        #expect(abs(solver.solution[0] + solver.solution[1] - 1.5) < 1e-9)
        #expect(solver.solution[2] == 0)
        #expect(solver.solution.allSatisfy { (0...1).contains($0) })
    }

    @Test func aFixedUnknownKeepsItsValue() {
        var solver = BoundedLeastSquares(rowCapacity: 2, columns: 2)
        solver.setMatrix([1, 1, 1, -1], rows: 2, ridge: [0, 0])
        solver.setBounds(lower: [0.25, -10], upper: [0.25, 10])
        solver.solve([1, 0])
        // With x₀ = ¼ the rest is min (x₁ − ¾)² + (x₁ − ¼)², by hand ½.
        #expect(solver.solution[0] == 0.25)
        #expect(abs(solver.solution[1] - 0.5) < 1e-12)
    }

    @Test func singularValuesAreNumPys() throws {
        let file = try golden("solvers")
        for i in 0..<(try file.integer("svd")) {
            let shape = try file.tensor("svd.\(i).a").shape
            let a = try file.doubles("svd.\(i).a")
            let k = min(shape[0], shape[1])
            var svd = SingularValueDecomposition(rows: shape[0], columns: shape[1])
            try svd.decompose(a)
            let expected = try file.doubles("svd.\(i).s")
            #expect(zip(svd.singularValues, expected).allSatisfy { abs($0 - $1) < 1e-6 * expected[0] })
            for row in 0..<shape[0] {
                for column in 0..<shape[1] {
                    var sum = 0.0
                    for j in 0..<k {
                        sum += svd.u[row * k + j] * svd.singularValues[j] * svd.vTransposed[j * shape[1] + column]
                    }
                    #expect(abs(sum - a[row * shape[1] + column]) < 1e-12, "the product restores the matrix")
                }
            }
        }
    }

    @Test func refusesAMatrixThatIsNotFinite() {
        var svd = SingularValueDecomposition(rows: 2, columns: 2)
        #expect(throws: SingularValueDecomposition.Error.notFinite(row: 1, column: 0)) {
            try svd.decompose([1, 0, .nan, 1])
        }
    }
}
