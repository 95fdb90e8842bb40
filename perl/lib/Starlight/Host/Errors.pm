package Starlight::Host::Errors;

# Standard error in the form of Starlight's log: time in UTC, pid and level, control characters as \xHH, further lines indented, so that
# nothing that a client sends can look like an entry or run in a terminal. What Perl code prints to STDERR, also as psgi.errors or
# by warn, has "stderr" for its level. What others write to descriptor 2 (programs, XS) does not come by here.
use strict;
use warnings;
use POSIX ();
use Time::HiRes ();

my $log;              # descriptor 2 while it is the log, as another handle: STDERR itself is tied
my @log_file = ('', '');  # device and inode of the log

# Ties STDERR, unless it is closed, not descriptor 2, or tied by somebody else.
sub take_over {
    return if tied *STDERR || !defined fileno STDERR || fileno STDERR != 2;
    @log_file = (stat STDERR)[0, 1];
    tie_it();
}

our $needs_look = 0;  # a line is open, or STDERR is not tied any more

# At the end of a request: ends an open line, and ties STDERR if it is the log again. An application may have closed it and opened
# what it had kept.
sub look {
    my $tied = tied *STDERR;
    if (!$tied)                     { tie_it() if is_log() }
    elsif (ref $tied eq __PACKAGE__) { $tied->flush }
    $needs_look = !tied *STDERR;
}

sub give_back {
    my $tied = tied *STDERR or return;
    return unless ref $tied eq __PACKAGE__;
    $tied->flush;
    undef $tied;
    # A method of it may be what has called.
    no warnings 'untie';
    untie *STDERR;
    close $log;
    undef $log;
    $needs_look = 1;
}

sub is_log {
    return unless defined fileno STDERR && fileno STDERR == 2;
    my ($device, $inode) = stat STDERR;
    return defined $inode && $device eq $log_file[0] && $inode eq $log_file[1];
}

sub tie_it {
    STDERR->autoflush(1);
    open $log, '>&=', 2 or return;
    binmode $log;
    tie *STDERR, __PACKAGE__;
}

# After a log rotation: the file has its name again, or a new one does.
sub reopen {
    my ($path) = @_;
    # Root follows no link of anybody else, who would have us append to any file of the system.
    return entry(error => "Cannot open \"$path\": it is a symbolic link of another user")
        if $> == 0 && -l $path && (lstat _)[4] != 0;
    open my $file, '>>', $path or return entry(error => "Cannot open \"$path\": $!");
    # Every handle of descriptor 2 goes there.
    POSIX::dup2(fileno $file, 2) or return entry(error => "Cannot write to \"$path\": $!");
    @log_file = (stat $file)[0, 1];
}

my %rank     = (debug => 0, info => 1, warn => 2, error => 3, fatal => 3);
my %priority = (debug => 7, info => 6, warn => 4, error => 3, fatal => 2, stderr => 4);
my ($lowest, $format) = ('info', 'text');

# As --log-level and --log-format.
sub set_style {
    my ($level, $new_format) = @_;
    $lowest = $level  if defined $level && exists $rank{$level};
    $format = $new_format if defined $new_format;
}

sub formatted {
    my ($level, $first, @rest) = @_;
    my ($seconds, $micros) = Time::HiRes::gettimeofday();
    my $time = POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $seconds) . sprintf '.%03dZ', $micros / 1000;
    if ($format eq 'json') {
        my $error = @rest ? ',"error":' . json_text(join "\n", @rest) : '';
        return qq({"time":"$time","level":"$level","pid":$$,"message":) . json_text($first) . "$error}\n";
    }
    my $prefix = $format eq 'journal' ? sprintf '<%d>', $priority{$level} // 6 : '';
    my $head = $format eq 'journal' ? $prefix : "$time ";
    return join '', "${head}[$$] $level: $first\n", map {"$prefix    $_\n"} @rest;
}

# Control characters are shown as \xHH already, but for these.
sub json_text {
    my ($text) = @_;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/\t/\\t/g;
    $text =~ s/\n/\\n/g;
    return qq("$text");
}

# One entry. Of a text of several lines the first is the entry's own.
sub entry {
    my ($level, $text, $is_text) = @_;
    my ($first, @rest) = split /\n/, readable($text, $is_text);
    return 1 unless defined $first;
    return 1 if exists $rank{$level} && $rank{$level} < $rank{$lowest};
    my $bytes = formatted($level, $first, @rest);
    return print {*STDERR} $bytes unless $log;
    # One write: the file is shared with other processes.
    for (my $at = 0; $at < length $bytes; ) {
        my $count = syswrite $log, $bytes, length($bytes) - $at, $at;
        if (defined $count)                   { $at += $count }
        elsif ($!{EAGAIN} || $!{EWOULDBLOCK}) { wait_for_reader() or return }
        elsif (!$!{EINTR})                    { return }
    }
    return 1;
}

# A reader that is stuck costs a line, and not the server.
sub wait_for_reader {
    my $ready = '';
    vec($ready, fileno $log, 1) = 1;
    return select(undef, $ready, undef, 0.02) > 0;
}

# Bytes that are UTF-8 are read as such, others are shown as \xHH; `$is_text`: they are characters already.
sub readable {
    my ($text, $is_text) = @_;
    $text = '' unless defined $text;
    $text = "$text";
    $is_text ||= utf8::is_utf8($text);
    if (utf8::downgrade($text, 1) && !utf8::decode($text) && !$is_text) { $text =~ s/([\x80-\xff])/sprintf '\\x%02X', ord $1/ge }
    $text =~ s/\A\s*\n|\s+\z//g;
    $text =~ s/\s+\n/\n/g;
    $text =~ s/([\x00-\x08\x0b-\x1f\x7f-\x9f\x{2028}\x{2029}])/shown($1)/ge;
    utf8::encode($text) if utf8::is_utf8($text);
    return $text;
}

sub shown {
    my ($character) = @_;
    utf8::encode($character) if ord $character > 0xff;
    return join '', map { sprintf '\\x%02X', ord } split //, $character;
}

# --- STDERR as Perl code sees it

sub TIEHANDLE { return bless { text => '', pid => $$, is_text => 0 }, $_[0] }

sub PRINT {
    my $self = shift;
    return $self->add(join(defined $, ? $, : '', @_) . (defined $\ ? $\ : ''));
}

sub PRINTF {
    my ($self, $format, @values) = @_;
    return $self->add(sprintf $format, @values);
}

sub WRITE {
    my ($self, $text, $length, $at) = @_;
    $text = substr $text, $at || 0, defined $length ? $length : length $text;
    $self->add($text);
    return length $text;
}

# What a print says is one entry; a line that it leaves open waits for its end.
sub add {
    my ($self, $text) = @_;
    # The part of a line that a forked copy has is its parent's.
    @$self{qw(text pid)} = ('', $$) if $self->{pid} != $$;
    $self->{text} .= $text;
    return $self->flush if length $self->{text} > 8192 || substr($self->{text}, -1) eq "\n";
    return $needs_look = 1;
}

# The end of a request, or of the process, is the end of an open line.
sub flush {
    my ($self) = @_;
    my $text = $self->{text};
    $self->{text} = '';
    return 1 if !length $text || $self->{pid} != $$;
    return entry(stderr => $text, $self->{is_text});
}

sub BINMODE {
    my ($self, $layers) = @_;
    $self->{is_text} = defined $layers && $layers =~ /:(?:utf8|encoding)/ ? 1 : 0;
    return 1;
}

sub FILENO { return 2 }

# A file of the application's own gets its bytes as they are.
sub OPEN {
    my ($self, $mode, @rest) = @_;
    give_back();
    my $is_open = @rest ? open STDERR, $mode, @rest : open STDERR, $mode;
    my $problem = $!;
    tie_it() if is_log();
    $! = $problem;
    return $is_open;
}

sub CLOSE {
    give_back();
    return close STDERR;
}

END { give_back() }

1;
