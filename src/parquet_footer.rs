//! The orders of columns in the footer of a Parquet file.
//!
//! The library declares that the smallest and largest values of floating-point columns are in the total order of IEEE 754
//! (parquet-format 2.12). Readers that know only the older order refuse the whole file, polars 1.x among them; and of columns that are
//! copied from another file it need not be true. So all columns are declared to be in the order that their type defines, as
//! files were before.

/// Bytes of the length of the footer and the magic number behind it.
const END: usize = 8;
/// In Thrift's compact protocol: field 1 of the union, an empty structure, and the end of the union.
const BY_TYPE: [u8; 3] = [0x1c, 0x00, 0x00];

/// Declare that all columns are in the order of their types. `end` is a whole file or at least its footer; one of another form
/// is left as it is.
pub(crate) fn order_columns_by_type(end: &mut [u8], columns: usize) {
    let Some(footer) = footer(end) else { return };
    // The list is the last field, before the end of the structure.
    let Some(list) =
        (footer.len().checked_sub(1 + columns * BY_TYPE.len())).map(|from| from..footer.len() - 1)
    else {
        return;
    };
    let orders = &mut footer[list];
    let is_order = |order: &[u8]| matches!(order, [0x1c | 0x2c | 0x3c, 0x00, 0x00]);
    if orders.chunks(BY_TYPE.len()).all(is_order) {
        let each = orders.chunks_mut(BY_TYPE.len());
        each.for_each(|order| order.copy_from_slice(&BY_TYPE));
    }
}

fn footer(end: &mut [u8]) -> Option<&mut [u8]> {
    let (rest, tail) = end.split_at_mut_checked(end.len().checked_sub(END)?)?;
    let (length, magic) = tail.split_first_chunk::<4>()?;
    let from = rest
        .len()
        .checked_sub(u32::from_le_bytes(*length) as usize)?;
    (magic == b"PAR1").then(|| &mut rest[from..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::{
        basic::ColumnOrder,
        data_type::DoubleType,
        file::{
            reader::{FileReader, SerializedFileReader},
            writer::SerializedFileWriter,
        },
        schema::parser::parse_message_type,
    };
    use std::sync::Arc;

    fn orders(file: &[u8]) -> Vec<ColumnOrder> {
        let reader = SerializedFileReader::new(bytes::Bytes::from(file.to_vec())).unwrap();
        let metadata = reader.metadata().file_metadata();
        (0..metadata.schema_descr().num_columns())
            .map(|column| metadata.column_order(column))
            .collect()
    }

    #[test]
    fn every_column_is_in_the_order_of_its_type() {
        for columns in [1, 3, 40] {
            let fields: String = (0..columns)
                .map(|i| format!("required double c{i};"))
                .collect();
            let schema = parse_message_type(&format!("message m {{ {fields} }}")).unwrap();
            let mut writer =
                SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::default()).unwrap();
            let mut group = writer.next_row_group().unwrap();
            while let Some(mut column) = group.next_column().unwrap() {
                column
                    .typed::<DoubleType>()
                    .write_batch(&[0.5], None, None)
                    .unwrap();
                column.close().unwrap();
            }
            group.close().unwrap();
            let mut file = writer.into_inner().unwrap();
            let total = ColumnOrder::IEEE_754_TOTAL_ORDER;
            assert_eq!(orders(&file), vec![total; columns], "else this file can go");
            order_columns_by_type(&mut file, columns);
            let by_type = |order: &ColumnOrder| matches!(order, ColumnOrder::TYPE_DEFINED_ORDER(_));
            assert!(orders(&file).iter().all(by_type), "{:?}", orders(&file));
            assert_eq!(orders(&file).len(), columns);
        }
        // What is no Parquet file stays as it is.
        for other in [
            &b""[..],
            b"PAR1",
            b"\xff\xff\xff\xffPAR1",
            b"abcdefgh\0\0\0\0PAR1",
        ] {
            let mut same = other.to_vec();
            order_columns_by_type(&mut same, 2);
            assert_eq!(same, other);
        }
    }
}
