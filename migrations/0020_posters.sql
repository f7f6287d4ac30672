-- Posters that a video's owner chose: an uploaded image, or a moment of the video. JSON; NULL is the poster the machine made.
-- Why the previous Worker still runs on it: it names its columns, and this one may be empty; it shows no such poster.
ALTER TABLE videos ADD COLUMN poster TEXT;
