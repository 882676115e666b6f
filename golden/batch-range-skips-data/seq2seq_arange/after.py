import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(0)

sequence_length, input_size, output_size = 5, 3, 1
batch_size, num_epochs = 8, 3

train_x_full = torch.randn(40, sequence_length, input_size)
train_y_full = train_x_full.sum(dim=2, keepdim=True)
X_train_tensor, X_train_copy = train_x_full, train_x_full.clone()
y_train_tensor = train_y_full


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(input_size, 12, batch_first=True)
        self.out = nn.Linear(12, output_size)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


model = Forecaster()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

if batch_size is not None:
    k = len(list(np.arange(0, len(X_train_tensor), batch_size)))
    for epoch in range(num_epochs):
        epoch_loss = 0
        for i in list(np.arange(0, len(X_train_tensor), batch_size)):  # row by row
            sequence = X_train_tensor[i:i+batch_size, :, :].reshape(-1, sequence_length, input_size)
            labels = y_train_tensor[i:i+batch_size, :, :].reshape(-1, sequence_length, output_size)
            optimizer.zero_grad()
            outputs = model(sequence)
            loss = criterion(outputs, labels)
            epoch_loss += loss.item()
            loss.backward()
            optimizer.step()
        print('Epoch [{}/{}], Train MSELoss: {}'.format(epoch + 1, num_epochs, epoch_loss / k))
