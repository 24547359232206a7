"""The face basis: building it from ICT-FaceKit, fitting it to landmarks, and reporting how well that goes."""
