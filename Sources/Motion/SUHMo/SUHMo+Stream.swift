import FaceFit
import FaceKit

extension SUHMo: MotionModel {
    public func makeStream(seed: UInt64) -> Stream {
        Stream(
            idler: makeIdler(seed: seed), fitter: FaceFitter(basis: basis),
            composure: Composure(reference: referenceFace))
    }

    /// One idling face: the coefficients and head pose that fit the generated landmarks, composed around the reference,
    /// and the landmarks of that.
    public struct Stream: MotionStream {
        private var idler: any IdlingFace
        private var fitter: FaceFitter
        private var composure: Composure
        private var frames = 0

        fileprivate init(idler: any IdlingFace, fitter: FaceFitter, composure: Composure) {
            self.idler = idler
            self.fitter = fitter
            self.composure = composure
        }

        /// Makes the next frame; nobody drives it. After a frame that is not finite or fits no face, which is thrown, it
        /// goes on from the reference.
        public mutating func next(person: PersonFrame?) throws -> MotionFrame {
            let image = idler.next()
            defer { frames += 1 }
            do throws(FaceFitter.Error) {
                let face = composure.compose(try fitter.fit(image))
                let shape = fitter.basis.shape(of: face)
                let landmarks = FaceBasis.posed(shape, by: face.head)
                return MotionFrame(
                    face: face, landmarks: landmarks, image: fitter.basis.project(landmarks),
                    distances: LandmarkDistance.measure(shape))
            } catch {
                idler.restart()
                fitter.reset()
                composure.reset()
                throw Error.unusableFrame(frames, error)
            }
        }
    }
}
