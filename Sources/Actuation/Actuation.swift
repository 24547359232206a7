import FaceKit
