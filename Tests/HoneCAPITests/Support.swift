internal import CHone

/// The text of the last failure of this thread.
func lastError() -> String {
  text(hone_last_error())
}

/// A copy of a C string; nil where there is none.
func text(_ characters: UnsafePointer<CChar>?) -> String {
  characters.map { String(cString: $0) } ?? "(NULL)"
}
