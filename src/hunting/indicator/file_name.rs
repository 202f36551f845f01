//! Names and paths of files: which texts are some beyond doubt.

/// Endings of files that are no top-level domains. (IANA, root zone database.)
const ENDINGS: &[&str] = &[
    "7z", "accdb", "apk", "appx", "asp", "aspx", "avi", "bak", "bash", "bat", "bin", "bmp", "bz2", "cfg", "cgi", "chm",
    "class", "cmd", "conf", "cpl", "cs", "csv", "dat", "db", "deb", "dll", "dmg", "dmp", "doc", "docm", "docx", "dot",
    "dotm", "drv", "dylib", "eml", "elf", "etl", "evtx", "exe", "gif", "gz", "hta", "htm", "html", "ico", "img", "inf",
    "ini", "iqy", "iso", "jar", "jpeg", "jpg", "js", "jse", "json", "jsp", "jspx", "ko", "lnk", "log", "lua", "mdb",
    "mht", "mhtml", "mp3", "mp4", "msc", "msg", "msi", "msix", "msp", "mst", "ocx", "odt", "ost", "ova", "pdb", "pdf",
    "pem", "php", "pif", "plist", "png", "ppa", "ppam", "pps", "ppt", "pptm", "pptx", "ps1", "psd1", "psm1", "pst",
    "pyc", "pyd", "pyw", "rar", "rb", "reg", "rpm", "rtf", "scf", "scr", "sct", "sql", "sqlite", "svg", "swf", "swp",
    "sys", "tar", "tgz", "tif", "tiff", "tmp", "toml", "ts", "txt", "url", "vb", "vba", "vbe", "vbs", "vhd", "vhdx",
    "vmdk", "war", "wav", "webp", "wll", "ws", "wsc", "wsf", "wsh", "xla", "xlam", "xll", "xls", "xlsb", "xlsm",
    "xlsx", "xml", "xsl", "xz", "yaml", "yml", "zst",
];
/// Endings of files that are top-level domains too, and are used as both: of a
/// name with no other dot nobody can tell.
const AMBIGUOUS_ENDINGS: &[&str] = &["zip", "mov", "sh"];
/// An ending of files that is a top-level domain too, but has its domains
/// below another: of a name with no other dot, a file.
const SCRIPT_ENDING: &str = "py";

/// Whether a text is a path, beyond doubt.
pub(super) fn is_path(text: &str) -> bool {
    let drive = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/");
    let begins = ["\\\\", "\\??\\", "\\Device\\", "\\", "~/", "./", "../", ".\\", "..\\"];
    let is_root = text.starts_with('/') && !text.starts_with("//");
    drive || is_root || behind_variable(text).is_some() || begins.iter().any(|start| text.starts_with(start))
}

/// What stands behind a variable or a home directory, which logs write out:
/// `%TEMP%\x.exe`, `$HOME/x`, `${TMPDIR}/x`, `$env:TEMP\x`, `~/x`.
pub(super) fn behind_variable(text: &str) -> Option<&str> {
    let (variable, rest) = text.split_once(['/', '\\'])?;
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | ')' | ':' | ' '))
    };
    let name = match variable {
        "~" => return Some(rest).filter(|rest| !rest.is_empty()),
        variable if variable.starts_with('%') => variable.strip_prefix('%')?.strip_suffix('%')?,
        variable => {
            let name = variable.strip_prefix('$')?;
            name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name)
        }
    };
    (is_name(name) && !rest.is_empty()).then_some(rest)
}

/// Whether a name is that of a file by its ending.
pub(super) fn is_file(text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(name, ending)| {
        let ending = ending.to_ascii_lowercase();
        let is_script = ending == SCRIPT_ENDING && !name.contains('.');
        // `invoice.pdf.zip`.
        let is_wrapped = AMBIGUOUS_ENDINGS.contains(&ending.as_str()) && is_file(name);
        let is_name = !name.is_empty() && !name.contains(['/', '?', '#', '@', ':', '*', '|', '<', '>', '"']);
        is_name && (is_script || is_wrapped || ENDINGS.contains(&ending.as_str()))
    })
}

/// Whether a name can be that of a file as well as that of a domain.
pub(super) fn is_ambiguous(text: &str) -> bool {
    text.split_once('.').is_some_and(|(name, ending)| {
        !name.is_empty() && AMBIGUOUS_ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
    })
}
