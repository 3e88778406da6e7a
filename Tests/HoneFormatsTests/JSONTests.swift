import HoneFormats
import HoneNumerics
import Testing

@Suite struct JSONTests {
  @Test(
    "Canonical documents survive reading and writing unchanged",
    arguments: [
      "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "0.1",
      "-0.0", "1.5e-300", "1e+16", "5e-324", "\"\"", "\"é\u{1F600}/\"",
      #""\"\\\n\t\r\u0001\u001f""#,
      "[]", "{}", #"[1,[2,{"a":[]}],null]"#, #"{"z":1,"a":{"b":false}}"#,
    ])
  func roundTrip(text: String) throws {
    #expect(try JSONValue(parsing: text).text() == text)
  }

  @Test("Space, escapes and large numbers are understood")
  func readings() throws {
    #expect(try JSONValue(parsing: " [ 1 ,\n2\t,\r3 ] ").array?.map(\.int) == [1, 2, 3])
    #expect(
      try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\b\f""#).string == "é\u{1F600}/\u{8}\u{C}")
    #expect(try JSONValue(parsing: "9223372036854775808") == .number(0x1p63))
    #expect(try JSONValue(parsing: "1.0") == .number(1) && JSONValue(parsing: "1").double == 1)
    #expect(try JSONValue(parsing: "-0").double?.sign == .minus)
    #expect(try JSONValue(parsing: "1.0").int == nil)
  }

  @Test("Of a repeated name the last value counts, unless repetition is refused")
  func duplicates() throws {
    let text = #"{"a":1,"b":2,"a":3}"#
    #expect(try JSONValue(parsing: text).text() == #"{"a":3,"b":2}"#)
    #expect(throws: HoneError.self) { try JSONValue(parsing: text, duplicateKeys: .reject) }
  }

  @Test(
    "What is no JSON is refused",
    arguments: [
      "", " ", "nul", "tru", "+1", "01", "-", "1.", ".5", "1e", "1e+", "1e999", "NaN", "Infinity",
      "[1,]", "[1 2]", "[", "{", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "1 1", "\"",
      "\"\n\"",
      #""\x""#, #""\u12g4""#, #""\u+123""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "'a'",
      "]",
    ])
  func refused(text: String) {
    #expect(kind { () throws(HoneError) in _ = try JSONValue(parsing: text) } == .format)
  }

  @Test("Text that is not UTF-8 is refused")
  func invalidText() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
      let document = [0x22] + bytes + [0x22]
      #expect(
        kind { () throws(HoneError) in _ = try JSONValue(parsing: Bytes(document)) } == .format)
    }
  }

  @Test("Nesting is limited in both directions")
  func nesting() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try JSONValue(parsing: nested(65)).text() == nested(65))
    #expect(throws: HoneError.self) { try JSONValue(parsing: nested(66)) }
    #expect(throws: HoneError.self) { try JSONValue(parsing: nested(1_000_000)) }
    var value = JSONValue.null
    for _ in 0..<66 { value = .array([value]) }
    #expect(kind { () throws(HoneError) in _ = try value.text() } == .invalidArgument)
    let nan = JSONValue.number(.nan)
    #expect(kind { () throws(HoneError) in _ = try nan.text() } == .invalidArgument)
  }

  @Test("No cut and no changed byte traps")
  func damage() {
    forEachDamage(Array(#"{"a":[1.5e3,-2,true,null],"é\n\ud83d\ude00":{"b":"c"}}"#.utf8)) { bytes in
      guard let value = try? JSONValue(parsing: Bytes(bytes)), let text = try? value.text() else {
        return
      }
      #expect((try? JSONValue(parsing: text)) == value)
    }
  }
}
