//! Thrift's binary protocol, read into values without names
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md>).

/// How deep structures and lists may stand in each other.
const MOST_LEVELS: usize = 16;
/// What the values of one message and the spans made of them may take in memory.
const MOST_BYTES: usize = 64 << 20;
/// What a value takes, even if it takes one byte in the message.
const VALUE_BYTES: usize = 32;
/// What a structure takes besides: it becomes a span, an event, a link or an attribute, even if it is empty.
const STRUCT_BYTES: usize = 480;

/// A value; whole numbers of all widths are one kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(&'a [u8]),
    Struct(Struct<'a>),
    List(Vec<Value<'a>>),
    /// A map or a set, of which Jaeger has none.
    Other,
}

/// The fields of a structure by their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Struct<'a>(Vec<(i16, Value<'a>)>);

impl<'a> Struct<'a> {
    /// Reads a message that is one structure.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        Reader { bytes, at: 0, left: MOST_BYTES }.fields(MOST_LEVELS)
    }

    fn get(&self, field: i16) -> Option<&Value<'a>> {
        self.0.iter().find(|(number, _)| *number == field).map(|(_, value)| value)
    }

    pub(super) fn int(&self, field: i16) -> i64 {
        if let Some(Value::Int(number)) = self.get(field) { *number } else { 0 }
    }

    pub(super) fn double(&self, field: i16) -> f64 {
        if let Some(Value::Double(number)) = self.get(field) { *number } else { 0.0 }
    }

    pub(super) fn bool(&self, field: i16) -> bool {
        matches!(self.get(field), Some(Value::Bool(true)))
    }

    pub(super) fn bytes(&self, field: i16) -> &'a [u8] {
        if let Some(Value::Bytes(bytes)) = self.get(field) { bytes } else { &[] }
    }

    /// A text; what is not UTF-8 in it is replaced.
    pub(super) fn text(&self, field: i16) -> String {
        String::from_utf8_lossy(self.bytes(field)).into_owned()
    }

    pub(super) fn inner(&self, field: i16) -> Option<&Struct<'a>> {
        if let Some(Value::Struct(inner)) = self.get(field) { Some(inner) } else { None }
    }

    /// The structures of a list.
    pub(super) fn list(&self, field: i16) -> impl Iterator<Item = &Struct<'a>> {
        let list = if let Some(Value::List(list)) = self.get(field) { list.as_slice() } else { &[] };
        list.iter().filter_map(|value| if let Value::Struct(inner) = value { Some(inner) } else { None })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What further values may take in memory.
    left: usize,
}

impl<'a> Reader<'a> {
    fn fields(&mut self, levels: usize) -> Result<Struct<'a>, String> {
        let mut fields = Vec::new();
        loop {
            let [kind] = self.array()?;
            if kind == 0 {
                return Ok(Struct(fields));
            }
            let number = i16::from_be_bytes(self.array()?);
            fields.push((number, self.value(kind, levels)?));
        }
    }

    fn value(&mut self, kind: u8, levels: usize) -> Result<Value<'a>, String> {
        let levels = levels.checked_sub(1).ok_or_else(|| self.wrong("the structures are nested too deeply"))?;
        let bytes = if kind == 12 { VALUE_BYTES + STRUCT_BYTES } else { VALUE_BYTES };
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| self.wrong("there are too many values; send smaller batches"))?;
        Ok(match kind {
            2 => Value::Bool(self.array::<1>()? != [0]),
            3 => Value::Int(i8::from_be_bytes(self.array()?).into()),
            4 => Value::Double(f64::from_be_bytes(self.array()?)),
            6 => Value::Int(i16::from_be_bytes(self.array()?).into()),
            8 => Value::Int(i32::from_be_bytes(self.array()?).into()),
            10 => Value::Int(i64::from_be_bytes(self.array()?)),
            11 => {
                let length = self.length()?;
                Value::Bytes(self.take(length)?)
            }
            12 => Value::Struct(self.fields(levels)?),
            13 => {
                let [key, value] = self.array()?;
                for _ in 0..self.length()? {
                    self.value(key, levels)?;
                    self.value(value, levels)?;
                }
                Value::Other
            }
            14 | 15 => {
                let [of] = self.array()?;
                let mut list = Vec::new();
                for _ in 0..self.length()? {
                    list.push(self.value(of, levels)?);
                }
                if kind == 15 { Value::List(list) } else { Value::Other }
            }
            other => return Err(self.wrong(&format!("there is no type {other}"))),
        })
    }

    fn length(&mut self) -> Result<usize, String> {
        let length = i32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| self.wrong(&format!("the length {length} is less than 0")))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.wrong("it ends too early"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let rest = &self.bytes[self.at..];
        let bytes = rest.get(..length).ok_or_else(|| self.wrong("it ends too early"))?;
        self.at += length;
        Ok(bytes)
    }

    fn wrong(&self, problem: &str) -> String {
        format!("the request is no Jaeger batch in Thrift's binary protocol: at byte {}: {problem}", self.at)
    }
}
