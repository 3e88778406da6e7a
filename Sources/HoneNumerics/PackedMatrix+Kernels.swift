// The inner products of `PackedMatrix`, unrolled by hand: the accumulators must stay in registers,
// which the compiler only does for named local variables.

/// Rows of the input times a panel of 4 lanes of columns, 4 rows at a time in registers.
@inlinable @inline(__always)
func multiplyPanel4<L: HoneLanes>(
  _ panel: UnsafePointer<L>, _ depth: Int, _ input: UnsafePointer<L>, _ inputStride: Int,
  _ output: UnsafeMutablePointer<L>, _ outputStride: Int, _ rows: Int, _ accumulate: Bool
) {
  var row = 0
  while row &+ 4 <= rows {
    let x0 = input + (row &+ 0) &* inputStride
    let y0 = output + (row &+ 0) &* outputStride
    let x1 = input + (row &+ 1) &* inputStride
    let y1 = output + (row &+ 1) &* outputStride
    let x2 = input + (row &+ 2) &* inputStride
    let y2 = output + (row &+ 2) &* outputStride
    let x3 = input + (row &+ 3) &* inputStride
    let y3 = output + (row &+ 3) &* outputStride
    var s00 = accumulate ? y0[0] : L.zero
    var s01 = accumulate ? y0[1] : L.zero
    var s02 = accumulate ? y0[2] : L.zero
    var s03 = accumulate ? y0[3] : L.zero
    var s10 = accumulate ? y1[0] : L.zero
    var s11 = accumulate ? y1[1] : L.zero
    var s12 = accumulate ? y1[2] : L.zero
    var s13 = accumulate ? y1[3] : L.zero
    var s20 = accumulate ? y2[0] : L.zero
    var s21 = accumulate ? y2[1] : L.zero
    var s22 = accumulate ? y2[2] : L.zero
    var s23 = accumulate ? y2[3] : L.zero
    var s30 = accumulate ? y3[0] : L.zero
    var s31 = accumulate ? y3[1] : L.zero
    var s32 = accumulate ? y3[2] : L.zero
    var s33 = accumulate ? y3[3] : L.zero
    for k in 0..<depth {
      let b0 = panel[4 &* k &+ 0]
      let b1 = panel[4 &* k &+ 1]
      let b2 = panel[4 &* k &+ 2]
      let b3 = panel[4 &* k &+ 3]
      let a0 = L(repeating: L.element(k, of: x0))
      s00 = L.multiplyAdd(s00, a0, b0)
      s01 = L.multiplyAdd(s01, a0, b1)
      s02 = L.multiplyAdd(s02, a0, b2)
      s03 = L.multiplyAdd(s03, a0, b3)
      let a1 = L(repeating: L.element(k, of: x1))
      s10 = L.multiplyAdd(s10, a1, b0)
      s11 = L.multiplyAdd(s11, a1, b1)
      s12 = L.multiplyAdd(s12, a1, b2)
      s13 = L.multiplyAdd(s13, a1, b3)
      let a2 = L(repeating: L.element(k, of: x2))
      s20 = L.multiplyAdd(s20, a2, b0)
      s21 = L.multiplyAdd(s21, a2, b1)
      s22 = L.multiplyAdd(s22, a2, b2)
      s23 = L.multiplyAdd(s23, a2, b3)
      let a3 = L(repeating: L.element(k, of: x3))
      s30 = L.multiplyAdd(s30, a3, b0)
      s31 = L.multiplyAdd(s31, a3, b1)
      s32 = L.multiplyAdd(s32, a3, b2)
      s33 = L.multiplyAdd(s33, a3, b3)
    }
    y0[0] = s00
    y0[1] = s01
    y0[2] = s02
    y0[3] = s03
    y1[0] = s10
    y1[1] = s11
    y1[2] = s12
    y1[3] = s13
    y2[0] = s20
    y2[1] = s21
    y2[2] = s22
    y2[3] = s23
    y3[0] = s30
    y3[1] = s31
    y3[2] = s32
    y3[3] = s33
    row = row &+ 4
  }
  while row < rows {
    let x = input + row &* inputStride
    let y = output + row &* outputStride
    var s0 = accumulate ? y[0] : L.zero
    var s1 = accumulate ? y[1] : L.zero
    var s2 = accumulate ? y[2] : L.zero
    var s3 = accumulate ? y[3] : L.zero
    for k in 0..<depth {
      let a = L(repeating: L.element(k, of: x))
      s0 = L.multiplyAdd(s0, a, panel[4 &* k &+ 0])
      s1 = L.multiplyAdd(s1, a, panel[4 &* k &+ 1])
      s2 = L.multiplyAdd(s2, a, panel[4 &* k &+ 2])
      s3 = L.multiplyAdd(s3, a, panel[4 &* k &+ 3])
    }
    y[0] = s0
    y[1] = s1
    y[2] = s2
    y[3] = s3
    row = row &+ 1
  }
}

/// Rows of the input times a panel of 3 lanes of columns, 4 rows at a time in registers.
@inlinable @inline(__always)
func multiplyPanel3<L: HoneLanes>(
  _ panel: UnsafePointer<L>, _ depth: Int, _ input: UnsafePointer<L>, _ inputStride: Int,
  _ output: UnsafeMutablePointer<L>, _ outputStride: Int, _ rows: Int, _ accumulate: Bool
) {
  var row = 0
  while row &+ 4 <= rows {
    let x0 = input + (row &+ 0) &* inputStride
    let y0 = output + (row &+ 0) &* outputStride
    let x1 = input + (row &+ 1) &* inputStride
    let y1 = output + (row &+ 1) &* outputStride
    let x2 = input + (row &+ 2) &* inputStride
    let y2 = output + (row &+ 2) &* outputStride
    let x3 = input + (row &+ 3) &* inputStride
    let y3 = output + (row &+ 3) &* outputStride
    var s00 = accumulate ? y0[0] : L.zero
    var s01 = accumulate ? y0[1] : L.zero
    var s02 = accumulate ? y0[2] : L.zero
    var s10 = accumulate ? y1[0] : L.zero
    var s11 = accumulate ? y1[1] : L.zero
    var s12 = accumulate ? y1[2] : L.zero
    var s20 = accumulate ? y2[0] : L.zero
    var s21 = accumulate ? y2[1] : L.zero
    var s22 = accumulate ? y2[2] : L.zero
    var s30 = accumulate ? y3[0] : L.zero
    var s31 = accumulate ? y3[1] : L.zero
    var s32 = accumulate ? y3[2] : L.zero
    for k in 0..<depth {
      let b0 = panel[3 &* k &+ 0]
      let b1 = panel[3 &* k &+ 1]
      let b2 = panel[3 &* k &+ 2]
      let a0 = L(repeating: L.element(k, of: x0))
      s00 = L.multiplyAdd(s00, a0, b0)
      s01 = L.multiplyAdd(s01, a0, b1)
      s02 = L.multiplyAdd(s02, a0, b2)
      let a1 = L(repeating: L.element(k, of: x1))
      s10 = L.multiplyAdd(s10, a1, b0)
      s11 = L.multiplyAdd(s11, a1, b1)
      s12 = L.multiplyAdd(s12, a1, b2)
      let a2 = L(repeating: L.element(k, of: x2))
      s20 = L.multiplyAdd(s20, a2, b0)
      s21 = L.multiplyAdd(s21, a2, b1)
      s22 = L.multiplyAdd(s22, a2, b2)
      let a3 = L(repeating: L.element(k, of: x3))
      s30 = L.multiplyAdd(s30, a3, b0)
      s31 = L.multiplyAdd(s31, a3, b1)
      s32 = L.multiplyAdd(s32, a3, b2)
    }
    y0[0] = s00
    y0[1] = s01
    y0[2] = s02
    y1[0] = s10
    y1[1] = s11
    y1[2] = s12
    y2[0] = s20
    y2[1] = s21
    y2[2] = s22
    y3[0] = s30
    y3[1] = s31
    y3[2] = s32
    row = row &+ 4
  }
  while row < rows {
    let x = input + row &* inputStride
    let y = output + row &* outputStride
    var s0 = accumulate ? y[0] : L.zero
    var s1 = accumulate ? y[1] : L.zero
    var s2 = accumulate ? y[2] : L.zero
    for k in 0..<depth {
      let a = L(repeating: L.element(k, of: x))
      s0 = L.multiplyAdd(s0, a, panel[3 &* k &+ 0])
      s1 = L.multiplyAdd(s1, a, panel[3 &* k &+ 1])
      s2 = L.multiplyAdd(s2, a, panel[3 &* k &+ 2])
    }
    y[0] = s0
    y[1] = s1
    y[2] = s2
    row = row &+ 1
  }
}

/// Rows of the input times a panel of 2 lanes of columns, 6 rows at a time in registers.
@inlinable @inline(__always)
func multiplyPanel2<L: HoneLanes>(
  _ panel: UnsafePointer<L>, _ depth: Int, _ input: UnsafePointer<L>, _ inputStride: Int,
  _ output: UnsafeMutablePointer<L>, _ outputStride: Int, _ rows: Int, _ accumulate: Bool
) {
  var row = 0
  while row &+ 6 <= rows {
    let x0 = input + (row &+ 0) &* inputStride
    let y0 = output + (row &+ 0) &* outputStride
    let x1 = input + (row &+ 1) &* inputStride
    let y1 = output + (row &+ 1) &* outputStride
    let x2 = input + (row &+ 2) &* inputStride
    let y2 = output + (row &+ 2) &* outputStride
    let x3 = input + (row &+ 3) &* inputStride
    let y3 = output + (row &+ 3) &* outputStride
    let x4 = input + (row &+ 4) &* inputStride
    let y4 = output + (row &+ 4) &* outputStride
    let x5 = input + (row &+ 5) &* inputStride
    let y5 = output + (row &+ 5) &* outputStride
    var s00 = accumulate ? y0[0] : L.zero
    var s01 = accumulate ? y0[1] : L.zero
    var s10 = accumulate ? y1[0] : L.zero
    var s11 = accumulate ? y1[1] : L.zero
    var s20 = accumulate ? y2[0] : L.zero
    var s21 = accumulate ? y2[1] : L.zero
    var s30 = accumulate ? y3[0] : L.zero
    var s31 = accumulate ? y3[1] : L.zero
    var s40 = accumulate ? y4[0] : L.zero
    var s41 = accumulate ? y4[1] : L.zero
    var s50 = accumulate ? y5[0] : L.zero
    var s51 = accumulate ? y5[1] : L.zero
    for k in 0..<depth {
      let b0 = panel[2 &* k &+ 0]
      let b1 = panel[2 &* k &+ 1]
      let a0 = L(repeating: L.element(k, of: x0))
      s00 = L.multiplyAdd(s00, a0, b0)
      s01 = L.multiplyAdd(s01, a0, b1)
      let a1 = L(repeating: L.element(k, of: x1))
      s10 = L.multiplyAdd(s10, a1, b0)
      s11 = L.multiplyAdd(s11, a1, b1)
      let a2 = L(repeating: L.element(k, of: x2))
      s20 = L.multiplyAdd(s20, a2, b0)
      s21 = L.multiplyAdd(s21, a2, b1)
      let a3 = L(repeating: L.element(k, of: x3))
      s30 = L.multiplyAdd(s30, a3, b0)
      s31 = L.multiplyAdd(s31, a3, b1)
      let a4 = L(repeating: L.element(k, of: x4))
      s40 = L.multiplyAdd(s40, a4, b0)
      s41 = L.multiplyAdd(s41, a4, b1)
      let a5 = L(repeating: L.element(k, of: x5))
      s50 = L.multiplyAdd(s50, a5, b0)
      s51 = L.multiplyAdd(s51, a5, b1)
    }
    y0[0] = s00
    y0[1] = s01
    y1[0] = s10
    y1[1] = s11
    y2[0] = s20
    y2[1] = s21
    y3[0] = s30
    y3[1] = s31
    y4[0] = s40
    y4[1] = s41
    y5[0] = s50
    y5[1] = s51
    row = row &+ 6
  }
  while row < rows {
    let x = input + row &* inputStride
    let y = output + row &* outputStride
    var s0 = accumulate ? y[0] : L.zero
    var s1 = accumulate ? y[1] : L.zero
    for k in 0..<depth {
      let a = L(repeating: L.element(k, of: x))
      s0 = L.multiplyAdd(s0, a, panel[2 &* k &+ 0])
      s1 = L.multiplyAdd(s1, a, panel[2 &* k &+ 1])
    }
    y[0] = s0
    y[1] = s1
    row = row &+ 1
  }
}

/// Rows of the input times a panel of 1 lanes of columns, 8 rows at a time in registers.
@inlinable @inline(__always)
func multiplyPanel1<L: HoneLanes>(
  _ panel: UnsafePointer<L>, _ depth: Int, _ input: UnsafePointer<L>, _ inputStride: Int,
  _ output: UnsafeMutablePointer<L>, _ outputStride: Int, _ rows: Int, _ accumulate: Bool
) {
  var row = 0
  while row &+ 8 <= rows {
    let x0 = input + (row &+ 0) &* inputStride
    let y0 = output + (row &+ 0) &* outputStride
    let x1 = input + (row &+ 1) &* inputStride
    let y1 = output + (row &+ 1) &* outputStride
    let x2 = input + (row &+ 2) &* inputStride
    let y2 = output + (row &+ 2) &* outputStride
    let x3 = input + (row &+ 3) &* inputStride
    let y3 = output + (row &+ 3) &* outputStride
    let x4 = input + (row &+ 4) &* inputStride
    let y4 = output + (row &+ 4) &* outputStride
    let x5 = input + (row &+ 5) &* inputStride
    let y5 = output + (row &+ 5) &* outputStride
    let x6 = input + (row &+ 6) &* inputStride
    let y6 = output + (row &+ 6) &* outputStride
    let x7 = input + (row &+ 7) &* inputStride
    let y7 = output + (row &+ 7) &* outputStride
    var s00 = accumulate ? y0[0] : L.zero
    var s10 = accumulate ? y1[0] : L.zero
    var s20 = accumulate ? y2[0] : L.zero
    var s30 = accumulate ? y3[0] : L.zero
    var s40 = accumulate ? y4[0] : L.zero
    var s50 = accumulate ? y5[0] : L.zero
    var s60 = accumulate ? y6[0] : L.zero
    var s70 = accumulate ? y7[0] : L.zero
    for k in 0..<depth {
      let b0 = panel[1 &* k &+ 0]
      let a0 = L(repeating: L.element(k, of: x0))
      s00 = L.multiplyAdd(s00, a0, b0)
      let a1 = L(repeating: L.element(k, of: x1))
      s10 = L.multiplyAdd(s10, a1, b0)
      let a2 = L(repeating: L.element(k, of: x2))
      s20 = L.multiplyAdd(s20, a2, b0)
      let a3 = L(repeating: L.element(k, of: x3))
      s30 = L.multiplyAdd(s30, a3, b0)
      let a4 = L(repeating: L.element(k, of: x4))
      s40 = L.multiplyAdd(s40, a4, b0)
      let a5 = L(repeating: L.element(k, of: x5))
      s50 = L.multiplyAdd(s50, a5, b0)
      let a6 = L(repeating: L.element(k, of: x6))
      s60 = L.multiplyAdd(s60, a6, b0)
      let a7 = L(repeating: L.element(k, of: x7))
      s70 = L.multiplyAdd(s70, a7, b0)
    }
    y0[0] = s00
    y1[0] = s10
    y2[0] = s20
    y3[0] = s30
    y4[0] = s40
    y5[0] = s50
    y6[0] = s60
    y7[0] = s70
    row = row &+ 8
  }
  while row < rows {
    let x = input + row &* inputStride
    let y = output + row &* outputStride
    var s0 = accumulate ? y[0] : L.zero
    for k in 0..<depth {
      let a = L(repeating: L.element(k, of: x))
      s0 = L.multiplyAdd(s0, a, panel[1 &* k &+ 0])
    }
    y[0] = s0
    row = row &+ 1
  }
}
