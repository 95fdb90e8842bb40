package Starlight::Host::Input;

# psgi.input of a request whose body comes as it is read (--stream-input): a file handle for everybody, which has no descriptor. The
# functions read and sysread wait for all that they are asked for; the method sysread gives what is there.
use strict;
use warnings;
use Errno ();
use IO::Handle ();
use Symbol ();
our @ISA = ('IO::Handle');

# `$more`: gives the next piece of the body, undef at its end; dies when the client has gone.
sub new {
    my ($class, $more) = @_;
    my $handle = Symbol::gensym();
    tie *$handle, 'Starlight::Host::Input::Tied', $more;
    return bless $handle, $class;
}

sub read    { my $body = tied *{ shift() }; return $body->READ(@_) }
sub sysread { my $body = tied *{ shift() }; return $body->read_some(@_) }
sub opened  { return !(tied *{ $_[0] })->{is_closed} }
sub ungetc  { my $body = tied *{ $_[0] }; $body->{text} = chr($_[1]) . $body->{text}; return 1 }

package Starlight::Host::Input::Tied;

sub TIEHANDLE { return bless { more => $_[1], text => '', at => 0 }, $_[0] }

# As the function read: waits for all that is asked for, or the end. Undef with ECONNRESET when the client has gone.
sub READ {
    my ($self, undef, $length, $offset) = @_;
    1 while length $self->{text} < $length && $self->more;
    return $self->give($_[1], $length, $offset);
}

# What is there already, or comes first.
sub read_some {
    my ($self, undef, $length, $offset) = @_;
    $self->more unless length $self->{text};
    return $self->give($_[1], $length, $offset);
}

sub READLINE {
    my ($self) = @_;
    return $self->line unless wantarray;
    my @lines;
    while (defined(my $line = $self->line)) { push @lines, $line }
    return @lines;
}

sub GETC {
    my ($self) = @_;
    my $count = $self->READ(my $character, 1);
    return $count ? $character : undef;
}

sub EOF     { my ($self) = @_; return !length $self->{text} && !$self->more }
sub CLOSE   { my ($self) = @_; @$self{qw(is_closed is_over text)} = (1, 1, ''); return 1 }
sub FILENO  { return undef }    ## no critic: one value in every context, as the function has
sub BINMODE { return !defined $_[1] || $_[1] =~ /^:(?:raw|bytes|unix|perlio)$/ }
sub TELL    { return $_[0]{at} }
sub SEEK    { $! = Errno::ESPIPE(); return 0 }

sub line {
    my ($self) = @_;
    my $end;
    until (defined($end = $self->line_end)) { last unless $self->more }
    $end = length $self->{text} unless defined $end;
    return undef if $self->has_gone || !$end;
    $self->{at} += $end;
    return substr $self->{text}, 0, $end, '';
}

# Where a whole line ends, as $/ has it; undef when it is not all there.
sub line_end {
    my ($self) = @_;
    return undef unless defined $/;
    return length $self->{text} >= ${$/} ? ${$/} : undef if ref $/;
    return $self->paragraph_end if $/ eq '';
    my $at = index $self->{text}, $/;
    return $at < 0 ? undef : $at + length $/;
}

# Paragraph mode: empty lines before it are skipped, those behind it belong to it as one.
sub paragraph_end {
    my ($self) = @_;
    $self->{text} =~ s/\A\n+//;
    return undef unless $self->{text} =~ /\n\n+(?=[^\n])/ || ($self->{is_over} && $self->{text} =~ /\n\n+\z/);
    my $end = $-[0] + 2;
    substr $self->{text}, $end, $+[0] - $end, '';
    return $end;
}

sub give {
    my ($self, undef, $length, $offset) = @_;
    return undef if $self->has_gone;
    $_[1] = '' unless defined $_[1];
    $offset ||= 0;
    $offset += length $_[1] if $offset < 0;
    my $piece = substr $self->{text}, 0, $length, '';
    $_[1] .= "\0" x ($offset - length $_[1]) if $offset > length $_[1];
    substr $_[1], $offset, length $_[1], $piece;
    $self->{at} += length $piece;
    return length $piece;
}

# Whether there was more.
sub more {
    my ($self) = @_;
    return 0 if $self->{is_over};
    my $piece = eval { $self->{more}->() };
    $self->{is_cut} = 1 if $@;
    $self->{is_over} = 1 unless defined $piece;
    $self->{text} .= $piece if defined $piece;
    return defined $piece;
}

sub has_gone {
    my ($self) = @_;
    $! = Errno::ECONNRESET() if $self->{is_cut};
    return $self->{is_cut};
}

1;
