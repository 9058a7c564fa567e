//! A plot as a picture: the SVG drawn with the fonts of the system, at twice its size.

use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};

const SCALE: f32 = 2.0;

/// Draw it; the error says what is missing.
pub fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    // What a page means by `sans-serif` is another font on every system.
    let plain = fontdb::Query {
        families: &[fontdb::Family::SansSerif],
        ..fontdb::Query::default()
    };
    if fonts.query(&plain).is_none() {
        let known = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Helvetica"];
        let families: Vec<String> = fonts
            .faces()
            .flat_map(|face| face.families.iter().map(|(name, _)| name.clone()))
            .collect();
        let found = known
            .iter()
            .map(|name| (*name).to_owned())
            .find(|name| families.contains(name))
            .or_else(|| families.first().cloned())
            .ok_or("no fonts found on this system; write .svg instead")?;
        fonts.set_sans_serif_family(found);
    }
    let tree = Tree::from_str(svg, &options).map_err(|e| e.to_string())?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let size = size.ok_or("the plot has no size")?;
    let mut picture =
        Pixmap::new(size.width(), size.height()).ok_or("the plot is too large for a PNG")?;
    picture.fill(Color::WHITE);
    let larger = Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, larger, &mut picture.as_mut());
    picture.encode_png().map_err(|e| e.to_string())
}
